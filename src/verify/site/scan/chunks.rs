//! What bundles say of their chunks → the names of the files: tables, and the numbers that are put into them.

use std::collections::BTreeSet;

use super::expression::{Expression, parse};
use super::{Link, Scanner, Sort, Sure};

/// Tables and numbers that were seen so far, in all scripts of a site.
#[derive(Default)]
pub(in crate::verify::site) struct Chunks {
    tables: Vec<(Expression, bool)>,
    numbers: BTreeSet<String>,
    /// The folders that code says its chunks lie in.
    folders: Vec<String>,
    told: BTreeSet<String>,
}

/// As many tables, numbers, folders and names are kept.
const TABLES: usize = 64;
const NUMBERS: usize = 5_000;
const FOLDERS: usize = 8;
const NAMES: usize = 5_000;

impl Chunks {
    /// Reads what a script says.
    pub(in crate::verify::site) fn read(&mut self, scanner: &Scanner, text: &str) {
        for found in scanner.chunk.captures_iter(text) {
            let number = found.get(1).or(found.get(2)).map(|own| own.as_str().to_owned());
            if self.numbers.len() < NUMBERS {
                self.numbers.extend(number);
            }
        }
        for found in scanner.public.captures_iter(text).filter_map(|found| found.get(1)) {
            let folder = found.as_str().to_owned();
            if self.folders.len() < FOLDERS && !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
        for found in scanner.maker.find_iter(text) {
            let Some(table) = parse(text.get(found.end()..).unwrap_or_default()) else { continue };
            if self.tables.len() < TABLES {
                let style = found.as_str().starts_with(".miniCssF") || found.as_str().starts_with(".k");
                self.numbers.extend(table.keys().into_iter().take(NUMBERS));
                self.tables.push((table, style));
            }
        }
    }

    /// The folders that chunks may lie in.
    pub(in crate::verify::site) fn folders(&self) -> &[String] {
        &self.folders
    }

    /// The names that were not told before.
    pub(in crate::verify::site) fn fresh(&mut self) -> Vec<Link> {
        let mut links = Vec::new();
        for (table, style) in &self.tables {
            for number in &self.numbers {
                let Some(name) = table.name(number) else { continue };
                let Some(sort @ (Sort::Script | Sort::Style)) = super::sort(&name) else { continue };
                // Which chunks have a style stands elsewhere, so no name of one is sure; nor is one without a table.
                let sure = if *style || !table.knows(number) { Sure::Perhaps } else { Sure::Somewhere };
                if self.told.len() < NAMES && self.told.insert(name.clone()) {
                    links.push(Link::new(&name, sort, sure));
                }
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        let scanner = Scanner::new().unwrap();
        let mut chunks = Chunks::default();
        for text in texts {
            chunks.read(&scanner, text);
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
    }

    #[test]
    fn hostile_tables_end() {
        for text in ["r.u=e=>", "r.u=e=>((((((", "r.u=e=>{1:", &format!("r.u=e=>{}", "(".repeat(100_000))] {
            assert_eq!(names(&[text]), [""; 0]);
        }
        assert_eq!(names(&[&format!("r.u=e=>{}\"a.js\"", "1===e?\"b.js\":".repeat(10_000))]).len(), 0);
    }
}
