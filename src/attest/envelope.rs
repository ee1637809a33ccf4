//! A statement ↔ the envelope that it is signed in (DSSE).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{AttestError, Key, PublicKey, Refusal};
use crate::model::json;

/// No attestation is longer.
pub const MOST: usize = 1 << 20;

/// What the envelope holds.
const TYPE: &str = "application/vnd.in-toto+json";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

/// What is signed: the type and the payload, neither of which can run into the other.
fn signed(kind: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Signs `payload`.
pub(super) fn seal(payload: &[u8], key: &Key) -> Result<Vec<u8>, AttestError> {
    let sig = STANDARD.encode(key.sign(&signed(TYPE, payload))?);
    let wire = Wire {
        payload_type: TYPE.to_owned(),
        payload: STANDARD.encode(payload),
        signatures: vec![Signature { keyid: key.public().keyid(), sig }],
    };
    let mut text = serde_json::to_vec(&wire).map_err(|_| AttestError::Fault("an envelope is no JSON"))?;
    text.push(b'\n');
    if text.len() > MOST {
        return Err(AttestError::Fault("an attestation is too long"));
    }
    Ok(text)
}

/// The payload of an envelope, and which of `keys` signed it.
///
/// There is one signature, or it is refused: readers don't agree on what several mean.
pub(super) fn open<'k>(envelope: &[u8], keys: &'k [PublicKey]) -> Result<(Vec<u8>, &'k PublicKey), Refusal> {
    if envelope.len() > MOST {
        return Err(Refusal::Size);
    }
    let form = |error: serde_json::Error| Refusal::Form(error.to_string());
    let wire: Wire = serde_json::from_value(json::strict(envelope).map_err(form)?).map_err(form)?;
    let coded = |text: &str| STANDARD.decode(text).map_err(|_| Refusal::Form("a part of it is no base64".to_owned()));
    let payload = coded(&wire.payload)?;
    let [Signature { keyid, sig }] = wire.signatures.as_slice() else {
        return Err(Refusal::Signatures(wire.signatures.len()));
    };
    let sig = coded(sig)?;
    let key = keys.iter().find(|key| key.keyid() == *keyid).ok_or_else(|| Refusal::UnknownKey(keyid.clone()))?;
    if !key.fits(&signed(&wire.payload_type, &payload), &sig) {
        return Err(Refusal::Signature(keyid.clone()));
    }
    if wire.payload_type != TYPE {
        return Err(Refusal::Holds(wire.payload_type));
    }
    Ok((payload, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attest::Form;

    #[test]
    fn what_is_signed_is_spelled_as_the_specification_says() {
        assert_eq!(
            signed("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn a_type_that_was_signed_and_is_not_ours_is_refused() {
        let key = Key::new(Form::Ed25519).unwrap();
        let keys = [key.public().clone()];
        let kind = "application/json";
        let wire = Wire {
            payload_type: kind.to_owned(),
            payload: STANDARD.encode(b"{}"),
            signatures: vec![Signature {
                keyid: key.public().keyid(),
                sig: STANDARD.encode(key.sign(&signed(kind, b"{}")).unwrap()),
            }],
        };
        let text = serde_json::to_vec(&wire).unwrap();
        assert!(matches!(open(&text, &keys), Err(Refusal::Holds(_))));
        let sealed = seal(b"{}", &key).unwrap();
        assert_eq!(open(&sealed, &keys).unwrap().0, b"{}");
    }
}
