//! Made-up source maps, as odd as tools and people write them, with what they hold.

use std::fmt::Write as _;

use lastlook::inspect::map::Spot;

use crate::bench::one_of;
use crate::make::Dice;

/// A map, and what anyone should see in it.
#[derive(Default)]
pub struct Made {
    pub bytes: Vec<u8>,
    /// Names of the sources in order, joined with their root; none where it has none.
    pub sources: Vec<Option<String>>,
    /// How many of them are somebody else's.
    pub foreign: u64,
    /// The number of the source of each text, its name, and the text itself.
    pub texts: Vec<(String, String)>,
    /// Places, in order, and where they come from.
    pub spots: Vec<Spot>,
    pub origins: Vec<Option<(String, u64)>>,
    /// Whether JavaScript sees less than there is, since a key stands there twice.
    pub twice: bool,
}

/// A map without its text around it.
#[derive(Default)]
struct Part {
    json: String,
    sources: Vec<Option<String>>,
    foreign: u64,
    texts: Vec<(String, String)>,
    lines: Vec<Vec<Segment>>,
    sections: Vec<(Spot, Part)>,
    twice: bool,
}

#[derive(Clone, Copy)]
struct Segment {
    column: u32,
    target: Option<(usize, u32)>,
}

const PIECES: &[&str] = &[
    "const x = 1;",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "\"",
    "\\",
    "/",
    "'",
    "é",
    "日本",
    "😀",
    "\u{2028}",
    "\u{7f}",
    "\u{0}",
    "\u{1f}",
    "\u{feff}",
    "</script>",
    "{\"version\":3}",
    "[",
    "]",
    "{",
    "}",
    "`${a}`",
    "\\n",
    "\\u0041",
    "a",
];

const NAMES: &[&str] = &[
    "webpack://app/./src/a.ts",
    "../../up.ts",
    "/abs/a.ts",
    "C:\\win\\a.ts",
    "a b.ts",
    "%2e%2e/a.ts",
    "é.ts",
    "日本/😀.ts",
    "",
    "x.ts?a1b2",
    "#frag",
    "node_modules/dep/a.js",
    "../node_modules/@s/dep/b.js",
    "http:a",
    "//host/a.ts",
    "a\nb.ts",
    "a\"b.ts",
    "./dot.ts",
    "a//b.ts",
    "\u{202e}rtl.ts",
];

/// A text of some pieces; now and then half of a pair, which everybody reads as a replacement character.
fn text(dice: &mut Dice) -> (String, String) {
    let (mut plain, mut quoted) = (String::new(), String::from("\""));
    let style = dice.below(4);
    for _ in 0..dice.below(9) {
        if dice.below(40) == 0 {
            plain.push('\u{fffd}');
            // What follows must not complete it.
            plain.push('.');
            quoted.push_str(if dice.below(2) == 0 { "\\ud83d." } else { "\\uDE00." });
            continue;
        }
        let piece = one_of(dice, PIECES);
        plain.push_str(piece);
        quote(piece, style, dice, &mut quoted);
    }
    quoted.push('"');
    (plain, quoted)
}

/// The inside of a JSON string: with as few escapes as may be, with some, or with nothing but.
fn quote(plain: &str, style: usize, dice: &mut Dice, out: &mut String) {
    for c in plain.chars() {
        let spelled = style == 3 || style == 2 && dice.below(3) == 0;
        match c {
            _ if spelled => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(out, "\\u{unit:04x}").unwrap()),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '/' if style == 1 => out.push_str("\\/"),
            c if c < ' ' => write!(out, "\\u{:04X}", u32::from(c)).unwrap(),
            c => out.push(c),
        }
    }
}

fn quoted(plain: &str, dice: &mut Dice) -> String {
    let mut out = String::from("\"");
    let style = dice.below(4);
    quote(plain, style, dice, &mut out);
    out.push('"');
    out
}

fn digits(number: i64, out: &mut String) {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut rest = number.unsigned_abs() << 1 | u64::from(number < 0);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        out.push(char::from(DIGITS[if rest > 0 { digit | 32 } else { digit }]));
        if rest == 0 {
            return;
        }
    }
}

/// Mappings for so many sources and names, in whatever order within a line.
fn mappings(sources: usize, names: usize, dice: &mut Dice) -> (Vec<Vec<Segment>>, String) {
    let (mut lines, mut out) = (Vec::new(), String::new());
    let (mut source, mut line, mut place, mut name) = (0_i64, 0_i64, 0_i64, 0_i64);
    let loose = dice.below(4) == 0;
    for number in 0..dice.below(6) {
        if number > 0 {
            out.push(';');
        }
        let mut columns: Vec<u32> = (0..30).filter(|_| dice.below(4) == 0).collect();
        if loose {
            crate::bench::shuffle(dice, &mut columns);
        }
        let (mut segments, mut column) = (Vec::new(), 0_i64);
        for (at, to) in columns.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            digits(i64::from(to) - column, &mut out);
            column = i64::from(to);
            let mut target = None;
            if sources > 0 && dice.below(8) > 0 {
                let own = (dice.below(sources), dice.below(1000) as i64, dice.below(200) as i64);
                for number in [own.0 as i64 - source, own.1 - line, own.2 - place] {
                    digits(number, &mut out);
                }
                (source, line, place) = (own.0 as i64, own.1, own.2);
                target = Some((own.0, u32::try_from(own.1).unwrap()));
                if names > 0 && dice.below(3) == 0 {
                    let own = dice.below(names) as i64;
                    digits(own - name, &mut out);
                    name = own;
                }
            }
            segments.push(Segment { column: to, target });
        }
        lines.push(segments);
    }
    (lines, out)
}

/// A name of a source: most are plain, some are odd, a few are very long.
fn name(dice: &mut Dice) -> String {
    match dice.below(12) {
        0..=6 => format!("src/{}/{}.ts", one_of(dice, &["a", "b", "core"]), dice.below(1000)),
        7 => format!("long/{}.ts", "n".repeat(1 + dice.below(6000))),
        _ => (one_of(dice, NAMES)).to_owned(),
    }
}

/// Writes the fields in an order of its own, with blanks as they come.
fn object(mut fields: Vec<(String, String)>, dice: &mut Dice) -> String {
    crate::bench::shuffle(dice, &mut fields);
    let blank = one_of(dice, &["", "", " ", "\n  ", "\t", "\r\n"]);
    let mut out = String::from("{");
    for (at, (key, value)) in fields.into_iter().enumerate() {
        let key = if dice.below(12) == 0 { quoted(&key, dice) } else { format!("\"{key}\"") };
        let comma = if at > 0 { "," } else { "" };
        write!(out, "{comma}{blank}{key}:{blank}{value}").unwrap();
    }
    out + blank + "}"
}

fn part(dice: &mut Dice) -> Part {
    let mut own = Part::default();
    let count = dice.below(6);
    let root = one_of(dice, &["", "", "", "root", "root/"]);
    let mut names = Vec::new();
    for _ in 0..count {
        let name = (dice.below(9) > 0).then(|| name(dice));
        names.push(name.as_ref().map_or_else(|| "null".to_owned(), |name| quoted(name, dice)));
        let joined =
            |name: String| if root.is_empty() { name } else { format!("{}/{name}", root.trim_end_matches('/')) };
        own.sources.push(name.map(joined));
    }
    let mut fields =
        vec![("version".to_owned(), "3".to_owned()), ("sources".to_owned(), format!("[{}]", names.join(",")))];
    let mut ignored = Vec::new();
    if dice.below(5) == 0 {
        ignored = (0..count).filter(|_| dice.below(3) == 0).collect();
        let list: Vec<String> = ignored.iter().map(usize::to_string).collect();
        let key = one_of(dice, &["ignoreList", "x_google_ignoreList"]);
        fields.push((key.to_owned(), format!("[{}]", list.join(", "))));
    }
    let foreign = |(at, name): (usize, &Option<String>)| {
        ignored.contains(&at) || name.as_ref().is_some_and(|name| name.split('/').any(|part| part == "node_modules"))
    };
    own.foreign = own.sources.iter().enumerate().filter(|pair| foreign(*pair)).count() as u64;
    let lists = if dice.below(12) == 0 { 2 } else { usize::from(dice.below(5) > 0) };
    own.twice = lists == 2;
    for _ in 0..lists {
        let more = one_of(dice, &[0, 0, 0, 0, 1, 3, -1, -2]);
        let length = usize::try_from(count as i64 + more).unwrap_or(0);
        let mut list = Vec::new();
        for at in 0..length {
            if dice.below(6) == 0 {
                list.push("null".to_owned());
                continue;
            }
            let (plain, quoted) = text(dice);
            let name = own.sources.get(at).cloned().flatten().filter(|name| !name.is_empty());
            own.texts.push((name.unwrap_or_else(|| format!("(source {at})")), plain));
            list.push(quoted);
        }
        fields.push(("sourcesContent".to_owned(), format!("[{}]", list.join(","))));
    }
    let functions = dice.below(4);
    let (lines, mappings) = mappings(count, functions, dice);
    own.lines = lines;
    fields.push(("mappings".to_owned(), format!("\"{mappings}\"")));
    let list: Vec<String> = (0..functions).map(|at| format!("\"f{at}\"")).collect();
    fields.push(("names".to_owned(), format!("[{}]", list.join(","))));
    if !root.is_empty() || dice.below(4) == 0 {
        fields.push(("sourceRoot".to_owned(), quoted(root, dice)));
    }
    for (key, value) in
        [("file", "\"out.js\""), ("debugId", "\"85314830-023f-4cf1-a267-535f4e37bb17\""), ("x_own", "{\"a\":[1,{}]}")]
    {
        if dice.below(4) == 0 {
            fields.push((key.to_owned(), value.to_owned()));
        }
    }
    own.json = object(fields, dice);
    own
}

/// An index map: sections in order, some of which may be index maps themselves.
fn index(dice: &mut Dice, depth: usize) -> Part {
    let mut own = Part::default();
    let (mut line, mut column, mut list) = (0, 0, Vec::new());
    for _ in 0..dice.below(4) {
        let inner = if depth > 0 && dice.below(3) == 0 { index(dice, depth - 1) } else { part(dice) };
        let place =
            object(vec![("line".to_owned(), line.to_string()), ("column".to_owned(), column.to_string())], dice);
        list.push(object(vec![("offset".to_owned(), place), ("map".to_owned(), inner.json.clone())], dice));
        own.sources.extend(inner.sources.iter().cloned());
        own.texts.extend(inner.texts.iter().cloned());
        own.foreign += inner.foreign;
        own.twice |= inner.twice;
        own.sections.push(((line, column), inner));
        line += 1 + dice.below(4) as u32;
        column = dice.below(12) as u32;
    }
    own.json = object(
        vec![("version".to_owned(), "3".to_owned()), ("sections".to_owned(), format!("[{}]", list.join(",")))],
        dice,
    );
    own
}

impl Part {
    fn origin(&self, spot: Spot) -> Option<(String, u64)> {
        if let Some(((line, column), part)) = self.sections.iter().rev().find(|(from, _)| *from <= spot) {
            return part.origin((spot.0 - line, if spot.0 == *line { spot.1 - column } else { spot.1 }));
        }
        let before = self.lines.get(spot.0 as usize)?.iter().filter(|segment| segment.column <= spot.1);
        let (source, line) = before.max_by_key(|segment| segment.column)?.target?;
        let name = self.sources[source].clone().filter(|name| !name.is_empty())?;
        Some((name, u64::from(line) + 1))
    }
}

pub fn map(dice: &mut Dice) -> Made {
    let part = if dice.below(4) == 0 { index(dice, 2) } else { part(dice) };
    let mut spots: Vec<Spot> = (0..8).map(|_| (dice.below(10) as u32, dice.below(32) as u32)).collect();
    spots.sort_unstable();
    spots.dedup();
    let origins = spots.iter().map(|spot| part.origin(*spot)).collect();
    let before = one_of(dice, &["", "", "", "", "\u{feff}", ")]}'\n", ")]}'", "\u{feff})]}'\n", " \n", ")]}'\r\n"]);
    let bytes = format!("{before}{}{}", part.json, one_of(dice, &["", "\n"])).into_bytes();
    let Part { sources, foreign, texts, twice, .. } = part;
    Made { bytes, sources, foreign, texts, spots, origins, twice }
}
