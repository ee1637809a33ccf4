//! Nothing is sent that was not prepared.

use lastlook::audit::Clearance;
use lastlook::publish::{Credential, Publisher};

fn unprepared(publisher: &Publisher<'_>, clearance: Clearance, credential: &Credential) {
    let _sent = publisher.publish(clearance, credential, None);
}

fn main() {}
