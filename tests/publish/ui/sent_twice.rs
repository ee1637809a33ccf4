//! What was prepared is sent once.

use lastlook::publish::{Credential, Publisher, Ready};

fn twice(publisher: &Publisher<'_>, ready: Ready, credential: &Credential) {
    let _first = publisher.publish(ready, credential, None);
    let _second = publisher.publish(ready, credential, None);
}

fn main() {}
