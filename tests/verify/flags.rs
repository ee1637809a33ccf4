//! Flags that mean nothing for a target, which nobody should believe in.

use crate::run::Place;

#[test]
fn a_flag_for_another_kind_of_target_is_refused() {
    let place = Place::new();
    let file = place.write("a.json", "{}");
    let file = file.to_str().unwrap();
    for (words, why) in [
        (&[file, "--build", "dist"][..], "--build is for a site (https://…), and not for an attestation (a file)"),
        (&[file, "--tag", "latest=1.0.0"], "--tag is for one version of a package"),
        (&[file, "--output", "html=x.html"], "--output is for one version of a package"),
        (&[file, "--threads", "2"], "--threads is for one version of a package"),
        (&["npm:a", "--build", "dist"], "--build is for a site"),
        (&["npm:a", "--depth", "8"], "--depth is for a site"),
        (&["npm:a", "--artifact", "x.tgz"], "--artifact is for an attestation"),
        (&["npm:a", "--include-text"], "--include-text is for a site"),
        (&["npm:a", "--since", "--output", "sarif=x.sarif"], "--output is for one version of a package"),
        (&["https://localhost:1", "--since"], "--since is for one version of a package"),
        (&["https://localhost:1", "--public-key", "x"], "--public-key is for an attestation"),
        (&["https://localhost:1", "--token-file", "x"], "--token-file is for one version of a package"),
    ] {
        let ran = place.lastlook(&["verify"]).args(words).run();
        assert!(ran.code == Some(2) && ran.stderr.contains(why), "{words:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{words:?}");
    }
}
