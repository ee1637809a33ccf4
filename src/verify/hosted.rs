//! How a dependency names a repository at a known host → one spelling of it.

/// The ways to name one: by a word, over HTTPS, over SSH, and in the open.
const WAYS: &[(&str, &str)] = &[
    ("git+https://", "https"),
    ("https://", "https"),
    ("git+ssh://git@", "ssh"),
    ("ssh://git@", "ssh"),
    ("git@", "ssh"),
    ("git://", "git"),
];

/// The hosts that have a word of their own.
const HOSTS: &[(&str, &str)] = &[("github", "github.com"), ("gitlab", "gitlab.com"), ("bitbucket", "bitbucket.org")];

/// What `asked` names, in one spelling; none where it is no repository at a host that package managers know.
pub(super) fn hosted(asked: &str) -> Option<String> {
    let (place, at) = asked.split_once('#').map_or((asked, ""), |(place, at)| (place, at));
    if place.contains(char::is_whitespace) {
        return None;
    }
    for (start, way) in WAYS {
        let Some(rest) = place.strip_prefix(start) else { continue };
        let (word, path) =
            HOSTS.iter().find_map(|(word, host)| Some((*word, rest.strip_prefix(host)?.strip_prefix(['/', ':'])?)))?;
        return spelled(way, word, path, at);
    }
    match place.split_once(':') {
        Some(("gist", id)) => Some(format!("gist {id} {at}")),
        Some((word, path)) => spelled("word", HOSTS.iter().find(|(host, _)| *host == word)?.0, path, at),
        None => spelled("word", "github", place, at),
    }
}

/// A user and a repository.
fn spelled(way: &str, word: &str, path: &str, at: &str) -> Option<String> {
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (user, repository) = path.split_once('/')?;
    let plain = |part: &str| !part.is_empty() && !part.starts_with(['.', '~', '@']) && !part.contains(['/', ':', '@']);
    (plain(user) && plain(repository)).then(|| format!("{way} {word} {user}/{repository} {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_of_repositories_are_written_out() {
        for (one, other) in [
            ("user/repo", "github:user/repo"),
            ("user/repo#v1", "github:user/repo#v1"),
            ("user/repo.git", "github:user/repo"),
            ("https://github.com/user/repo", "git+https://github.com/user/repo.git"),
            ("git@github.com:user/repo.git", "git+ssh://git@github.com/user/repo.git"),
        ] {
            assert!(hosted(one).is_some() && hosted(one) == hosted(other), "{one} {other}");
        }
        for (one, other) in [
            ("user/repo", "gitlab:user/repo"),
            ("user/repo#v1", "github:user/repo#v2"),
            ("user/repo", "github:evil/repo"),
            ("github:user/repo", "git://github.com/user/repo"),
        ] {
            assert_ne!(hosted(one), hosted(other));
        }
        for other in ["^1.0.0", "../a", "./a/b", "~/a", "file:a/b", "npm:@a/b@1", "https://evil.example/a/b", "@a/b"] {
            assert_eq!(hosted(other), None, "{other}");
        }
    }
}
