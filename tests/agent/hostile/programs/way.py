# Tries one way, and says what came of it. Nothing ends the program.
# GOT is what no sandbox may allow; MAY, from `may`, is what may work where it reaches nothing but its own.
import json, os, sys

aim = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "aim.json")))


def way(name, work, word="GOT"):
    try:
        print(f"{word} {name}: {str(work())[:1500]}", flush=True)
    except BaseException as error:
        print(f"no {name}: {type(error).__name__} {error}"[:300], flush=True)


def may(name, work):
    way(name, work, "MAY")
