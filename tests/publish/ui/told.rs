//! A credential gives its secret to nobody.

use lastlook::publish::Credential;

fn told(credential: &Credential) {
    let _header = credential.header("https://example.invalid/");
}

fn main() {}
