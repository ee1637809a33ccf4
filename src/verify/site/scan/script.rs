//! A script → the files that it loads, or may load.

use super::{Link, Names, Scanner, Sort, Sure, sort, unescaped};

impl Scanner {
    /// What a script names. What it says of chunks is read besides (see `Chunks`).
    pub(in crate::verify::site) fn script(&self, text: &str, names: &mut Names) {
        let text = &*unescaped(text);
        for name in self.import.captures_iter(text).filter_map(|found| found.get(1)) {
            match sort(name.as_str()) {
                Some(Sort::Json | Sort::Page) => {}
                found => names.link(Link::new(name.as_str(), found.unwrap_or(Sort::Script), Sure::Here)),
            }
        }
        for name in self.worker.captures_iter(text).filter_map(|found| found.get(1)) {
            names.link(Link::new(name.as_str(), Sort::Script, Sure::OnPage));
        }
        for name in self.beside.captures_iter(text).filter_map(|found| found.get(1)) {
            // A worker, a module or a picture: the name alone tells.
            if let Some(sort @ (Sort::Script | Sort::Style | Sort::Wasm)) = sort(name.as_str()) {
                names.link(Link::new(name.as_str(), sort, Sure::Here));
            }
        }
        for name in self.named.captures_iter(text).filter_map(|found| found.get(1)).map(|found| found.as_str()) {
            // A name that ends alone is one that code puts together.
            if let (Some(sort), false) = (sort(name), name.starts_with(".js") || name.contains("//") && !remote(name)) {
                names.link(Link::new(name, sort, Sure::Perhaps));
            }
        }
    }
}

fn remote(name: &str) -> bool {
    name.starts_with("https://") || name.starts_with("http://") || name.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_what_it_loads() {
        let scanner = Scanner::new().unwrap();
        let text = r#"import{a}from"./a-1.js";import"../b.js";const x=()=>import(/* c */ './c.js');
            new Worker(new URL("w-2.js",import.meta.url));navigator.serviceWorker.register('/sw.js');importScripts("/i");
            const d=["assets/lazy-3.js","assets/lazy-3.css"];"react";"x/y.png";self.f.push([1,"a:\"static/chunks/9-f.js\""])"#;
        let mut found = Names::default();
        scanner.script(text, &mut found);
        let mut links: Vec<(String, Sure)> = found.links.into_iter().map(|link| (link.reference, link.sure)).collect();
        links.sort();
        links.dedup_by(|a, b| a.0 == b.0);
        let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "../b.js",
                "./a-1.js",
                "./c.js",
                "/i",
                "/sw.js",
                "assets/lazy-3.css",
                "assets/lazy-3.js",
                "static/chunks/9-f.js",
                "w-2.js"
            ]
        );
    }
}
