//! Settings: whose word counts, and what is found for a registry.

use super::*;

/// A project in a home folder, each with settings.
struct Place(tempfile::TempDir);

impl Place {
    fn new(project: &str, user: &str, global: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("home/project/sub")).unwrap();
        for (file, text) in [
            ("home/project/package.json", "{}"),
            ("home/project/.npmrc", project),
            ("home/.npmrc", user),
            ("globalrc", global),
        ] {
            std::fs::write(place.path().join(file), text).unwrap();
        }
        Self(place)
    }

    fn vault(&self, variables: &[(&str, &str)]) -> Vault {
        let at = |name: &str| self.0.path().join(name).display().to_string();
        let (home, global) = (at("home"), at("globalrc"));
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let mut all = vec![(name, home.as_str()), ("NPM_CONFIG_GLOBALCONFIG", global.as_str())];
        all.extend(variables);
        Vault::of(&all)
    }

    fn rows(&self, variables: &[(&str, &str)]) -> Result<Rows, CredentialError> {
        Rows::read(&self.0.path().join("home/project/sub"), &self.vault(variables))
    }
}

fn registry() -> Registry {
    Registry::parse("https://r.example/a/b/").unwrap()
}

fn value(rows: &Rows) -> Option<(String, String)> {
    let credential = rows.credential(&registry()).unwrap()?;
    let header = credential.header("https://r.example/a/b/w").unwrap();
    Some((header.to_str().unwrap().to_owned(), credential.source().to_owned()))
}

#[test]
fn the_environment_comes_first_then_the_project_the_user_and_the_machine() {
    let all = Place::new("tag=project", "tag=user\naccess=user", "tag=global\naccess=global\ncafile=global");
    let rows = all.rows(&[]).unwrap();
    let plain = |key: &str| rows.plain(key).map(|row| row.value.to_owned());
    assert_eq!(plain("tag").as_deref(), Some("project"));
    assert_eq!(plain("access").as_deref(), Some("user"));
    assert_eq!(plain("cafile").as_deref(), Some("global"));
    assert_eq!(rows.plain("tag").unwrap().source, ".npmrc of the project, line 1");
    let rows = all.rows(&[("npm_config_TAG", "${X}"), ("X", "env")]).unwrap();
    assert_eq!(rows.plain("tag"), Some(Plain { value: "env", source: "the variable npm_config_TAG" }));
    // In the home folder itself, there are none of a project.
    let home = Rows::read(&all.0.path().join("home"), &all.vault(&[])).unwrap();
    assert_eq!(home.plain("tag").unwrap().value, "user");
}

#[test]
fn a_credential_is_looked_for_from_the_longest_address_up() {
    for (text, header) in [
        ("//r.example/:_authToken=t", Some("Bearer t")),
        ("//r.example/a/b:_authToken = \"t\"", Some("Bearer t")),
        ("//r.example/a/:_authToken=t\n//r.example/:_authToken=u", Some("Bearer t")),
        ("//r.example/a/:_auth=dTpw\n//r.example/:_authToken=u", Some("Basic dTpw")),
        ("//r.example/:username=u\n//r.example/:_password=cDp3", Some("Basic dTpwOnc=")),
        ("//r.example/:username=u", None),
        ("//r.example/:_authToken=", None),
        ("//r.example:8443/:_authToken=t\n//r.example/a/b/c/:_authToken=t\n//s.example/:_authToken=t", None),
        ("_authToken=t\n[x]\n//r.example/:_authToken=t", None),
    ] {
        let rows = Place::new("", text, "").rows(&[]).unwrap();
        assert_eq!(value(&rows).map(|(header, _)| header).as_deref(), header, "{text}");
        assert!(!format!("{rows:?}").contains("r.example"));
        assert_eq!(rows.plain("//r.example/:_authToken"), None);
    }
}

#[test]
fn a_variable_fills_a_credential_or_is_said_to_be_missing() {
    let place = Place::new("//r.example/:_authToken=${MINE}", "//r.example/:_authToken=user", "");
    let rows = place.rows(&[("MINE", "t")]).unwrap();
    assert_eq!(value(&rows), Some(("Bearer t".to_owned(), ".npmrc of the project, line 1".to_owned())));
    let rows = place.rows(&[]).unwrap();
    assert_eq!(value(&rows), None);
    assert_eq!(rows.notes(&registry()), [".npmrc of the project, line 1 names MINE, which is not set"]);
    let rows = place.rows(&[("NPM_CONFIG_//r.example/:_authToken", "env")]).unwrap();
    assert_eq!(value(&rows).unwrap().0, "Bearer env");
    let names = Rows::variables(&place.0.path().join("home/project"), &place.vault(&[])).unwrap();
    assert_eq!(names, ["MINE".to_owned()].into());
}

#[test]
fn what_is_not_used_is_said_and_what_is_not_supported_refused() {
    let rows = Place::new("_authToken=hush", "", "").rows(&[("npm_config__auth", "hush")]).unwrap();
    let unused = |place: &str, key: &str| {
        format!("{place} names no registry and is not used; write //r.example/a/b/:{key}=… instead")
    };
    let notes =
        [unused("the variable npm_config__auth", "_auth"), unused(".npmrc of the project, line 1", "_authToken")];
    assert_eq!(rows.notes(&registry()), notes);
    let rows = Place::new("", "//r.example/:keyfile=k\n//r.example/:_authToken=t", "").rows(&[]).unwrap();
    assert!(matches!(rows.credential(&registry()), Err(CredentialError::Certificate { .. })));
}

#[test]
fn settings_that_are_there_are_read_or_nothing_goes_on() {
    let place = Place::new("", "", "");
    std::fs::remove_file(place.0.path().join("globalrc")).unwrap();
    assert!(place.rows(&[]).is_ok());
    std::fs::create_dir(place.0.path().join("globalrc")).unwrap();
    assert!(matches!(place.rows(&[]), Err(CredentialError::Read { .. })));
    std::fs::remove_dir(place.0.path().join("globalrc")).unwrap();
    std::fs::write(place.0.path().join("home/.npmrc"), "#".repeat(1 << 21)).unwrap();
    assert!(matches!(place.rows(&[]), Err(CredentialError::Read { .. })));
    assert!(place.rows(&[("NPM_CONFIG_USERCONFIG", "/dev/null")]).is_ok());
}
