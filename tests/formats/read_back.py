"""Reads a report with a library that nobody here wrote, and prints what it holds as JSON lines."""

import json
import sys

kind, path = sys.argv[1:3]
if kind == "sarif":
    import jsonschema
    from sarif import loader

    with open(sys.argv[3], encoding="utf-8") as schema, open(path, encoding="utf-8") as report:
        jsonschema.Draft7Validator(json.load(schema)).validate(json.load(report))
    for run in loader.load_sarif_file(path).runs:
        for result, record in zip(run.get_results(), run.get_records(), strict=True):
            row = [record["Severity"], record["Code"], record["Location"], record["Line"]]
            print(json.dumps([*row, result["partialFingerprints"]["lastlook/v1"], bool(result["suppressions"])]))
elif kind == "junit":
    from junitparser import xunit2

    suites = xunit2.JUnitXml.fromfile(path)
    for suite in suites:
        assert suite.tests == len(list(suite)), suite.name
        for case in suite:
            own = {one.name: one.value for one in case.properties()} if case.classname != "lastlook" else {}
            ended = [type(result).__name__ for result in case.result]
            print(json.dumps([case.classname, own.get("level"), own.get("fingerprint"), ended, case.name]))
    counted = [suites.tests, suites.failures, suites.errors, suites.skipped]
    suites.update_statistics()
    assert counted == [suites.tests, suites.failures, suites.errors, suites.skipped], counted
else:
    sys.exit(f"there is no kind {kind}")
