//! What bundles say of their chunks → the names of the files: tables, and the numbers that are put into them.

use std::collections::{BTreeSet, HashSet};

use super::expression::{Expression, in_full, parse};
use super::{Link, Scanner, Sort, Sure, Url};
use crate::model::{Digest, digest};

/// Tables and numbers that were seen so far, in all scripts of a site.
pub(in crate::verify::site) struct Chunks {
    tables: Vec<Table>,
    /// What their code is, by its hash.
    codes: HashSet<Digest>,
    numbers: Vec<String>,
    known: BTreeSet<String>,
    told: BTreeSet<(String, Option<String>, Url)>,
    /// Bytes of code that may still be kept.
    room: usize,
    /// Steps that may still be taken to make names.
    fuel: u64,
    /// Whether there is more than was read.
    more: bool,
}

/// Code that makes the name of a chunk of its number.
struct Table {
    code: Expression,
    own: BTreeSet<String>,
    style: bool,
    /// The folder that the same script says its chunks lie in, and that script.
    folder: Option<String>,
    owner: Url,
    /// How many numbers were tried.
    tried: usize,
}

/// As many tables, numbers and names are kept, and as many steps are taken.
const TABLES: usize = 1_000;
const NUMBERS: usize = 50_000;
const NAMES: usize = 20_000;
const FUEL: u64 = 20_000_000;
const ROOM: usize = 32 << 20;

impl Default for Chunks {
    fn default() -> Self {
        let (tables, numbers, known, told) = (Vec::new(), Vec::new(), BTreeSet::new(), BTreeSet::new());
        Self { tables, codes: HashSet::new(), numbers, known, told, room: ROOM, fuel: FUEL, more: false }
    }
}

impl Chunks {
    /// Reads what the script at `owner`, or in the page there, says.
    pub(in crate::verify::site) fn read(&mut self, scanner: &Scanner, text: &str, owner: &Url) {
        for found in scanner.chunk.captures_iter(text) {
            if let Some(own) = found.get(1).or(found.get(2)) {
                self.number(&in_full(own.as_str()));
            }
        }
        // Lists of chunks: those that are loaded together, and those of modules whose name is known only later.
        for list in scanner.lists.captures_iter(text).filter_map(|found| Some(found.get(1).or(found.get(2))?.as_str()))
        {
            for own in list.split([',', '[', ']']).map(|own| own.trim().trim_matches(['"', '\'', '`'])) {
                if !own.is_empty() && own.len() <= 200 && !own.contains(char::is_whitespace) {
                    self.number(&in_full(own));
                }
            }
        }
        let folders = scanner.public.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str()));
        let folders: BTreeSet<&str> = folders.collect();
        let folder = folders.first().filter(|_| folders.len() == 1).map(|folder| (*folder).to_owned());
        // Code is read again and again where it only begins like a table, up to a few times the whole text.
        let mut left = text.len().saturating_mul(4).saturating_add(1 << 20);
        for found in scanner.maker.find_iter(text) {
            let rest = text.get(found.end()..).unwrap_or_default();
            let (code, used) = parse(rest);
            left = left.saturating_sub(used);
            if left == 0 {
                self.more = true;
                return;
            }
            let style = found.as_str().starts_with(".miniCssF") || found.as_str().starts_with(".k");
            let Some(code) = code else { continue };
            // Every page may have the same code in it.
            let own = format!("{folder:?} {}", rest.get(..used).unwrap_or(rest));
            if !self.codes.insert(digest(own.as_bytes())) {
                continue;
            }
            self.room = self.room.saturating_sub(used);
            if self.room == 0 || self.tables.len() == TABLES {
                self.more = true;
                return;
            }
            self.table(code, style, folder.as_ref(), owner);
        }
    }

    fn number(&mut self, number: &str) {
        if self.known.contains(number) {
            return;
        }
        if self.numbers.len() == NUMBERS {
            self.more = true;
            return;
        }
        self.known.insert(number.to_owned());
        self.numbers.push(number.to_owned());
    }

    fn table(&mut self, code: Expression, style: bool, folder: Option<&String>, owner: &Url) {
        let mut own = BTreeSet::new();
        code.keys(&mut |key| {
            own.insert(key.to_owned());
        });
        for key in &own {
            self.number(key);
        }
        self.tables.push(Table { code, own, style, folder: folder.cloned(), owner: owner.clone(), tried: 0 });
    }

    /// The names that were not told before.
    pub(in crate::verify::site) fn fresh(&mut self) -> Vec<Link> {
        let mut links = Vec::new();
        for table in &mut self.tables {
            for number in self.numbers.get(table.tried..).unwrap_or_default() {
                let mut name = String::new();
                let made = table.code.write(number, &mut name, &mut self.fuel);
                let sort = super::sort(&name).filter(|sort| made && matches!(sort, Sort::Script | Sort::Style));
                let Some(sort) = sort else { continue };
                let told = (name.clone(), table.folder.clone(), table.owner.clone());
                if self.told.contains(&told) {
                    continue;
                }
                if self.told.len() == NAMES {
                    self.more = true;
                    break;
                }
                self.told.insert(told);
                // Which chunks have a style stands elsewhere, so no name of one is sure; nor is one without a table.
                let sure = if table.style || !table.own.contains(number) { Sure::Perhaps } else { Sure::Somewhere };
                let (folder, owner) = (table.folder.clone(), Some(table.owner.clone()));
                links.push(Link { folder, owner, ..Link::new(&name, sort, sure) });
            }
            table.tried = self.numbers.len();
        }
        self.more |= self.fuel == 0;
        links
    }

    /// Whether there is more than was read.
    pub(in crate::verify::site) fn more(&self) -> bool {
        self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Url {
        Url::parse("https://example.com/a.js").unwrap()
    }

    fn names(texts: &[&str]) -> Vec<String> {
        let scanner = Scanner::new().unwrap();
        let mut chunks = Chunks::default();
        for text in texts {
            chunks.read(&scanner, text, &owner());
        }
        chunks.fresh().into_iter().map(|link| link.reference).collect()
    }

    #[test]
    fn every_form_of_a_table_gives_the_names() {
        let five = r#"r.u=e=>"js/"+({12:"admin"}[e]||e)+"."+{12:"ab",34:"cd"}[e]+".js",r.miniCssF=e=>"x""#;
        assert_eq!(names(&[five]), ["js/admin.ab.js", "js/34.cd.js"]);
        let four = r#"s.src=function(e){return a.p+""+({1:"one"}[e]||e)+"."+{1:"aa"}[e]+".chunk.js"}(e)"#;
        assert_eq!(names(&[four]), ["one.aa.chunk.js"]);
        let next = r#"d.u=e=>7===e?"static/chunks/7-ff.js":"static/chunks/"+e+"."+({8:"ee"})[e]+".js""#;
        assert_eq!(names(&[next]), ["static/chunks/7-ff.js", "static/chunks/8.ee.js"]);
        let plain =
            "__webpack_require__.u = (chunkId) => {\n/******/ // return url\n/******/ return \"\" + chunkId + \".js\";";
        assert_eq!(names(&[plain, "n.e(5).then()", "n.e(/*! x */ \"src_a_js\")"]), ["5.js", "src_a_js.js"]);
        assert_eq!(names(&["t.u=e=>e+\".bundle.js\";t.u=function(e){return e}"]), [""; 0]);
        let context = r#"t.u=e=>e+".js";new Worker(new URL(t.p+t.u(41),t.b));var m={"./a.js":[789,[7,8]],"./b.js":[790,9]};
            Promise.all([2,"q"].map(t.e))"#;
        assert_eq!(names(&[context]), ["41.js", "7.js", "8.js", "9.js", "2.js", "q.js"]);
        assert_eq!(names(&["t.u=e=>e+\".\"+{1e3:\"a\"}[e]+\".js\"", "n.e(1e3)"]), ["1000.a.js"]);
    }

    #[test]
    fn hostile_tables_end() {
        for text in ["r.u=e=>", "r.u=e=>((((((", "r.u=e=>{1:", &format!("r.u=e=>{}", "(".repeat(100_000))] {
            assert_eq!(names(&[text]), [""; 0]);
        }
        assert_eq!(names(&[&format!("r.u=e=>{}\"a.js\"", "1===e?\"b.js\":".repeat(10_000))]), ["b.js"]);
        assert_eq!(names(&[&format!("r.u=e=>{}\"a.js\"", "1||".repeat(100_000))]), [""; 0]);
    }

    #[test]
    fn a_script_can_not_keep_us_busy() {
        let scanner = Scanner::new().unwrap();
        let rows = (0..5_000).map(|number| format!("{number}:\"{}\",", "x".repeat(20))).collect::<Vec<_>>().concat();
        let long = format!("r.u=e=>{}{{{rows}}}[e]+\".js\";", "\"aaaa\"+".repeat(2_000));
        for text in
            [".u=e=>/*".repeat(200_000), ".u=e=>\"".repeat(200_000), ".u=e=>(1".repeat(100_000), long.repeat(20)]
        {
            let started = std::time::Instant::now();
            let mut chunks = Chunks::default();
            for _ in 0..20 {
                chunks.read(&scanner, &text, &owner());
                chunks.fresh();
            }
            // Minutes, before there was a bound.
            assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
        }
        let mut chunks = Chunks::default();
        chunks.read(
            &scanner,
            &(0..60_000).map(|number| format!("n.e({number});")).collect::<Vec<_>>().concat(),
            &owner(),
        );
        assert!(chunks.more());
    }
}
