//! PEM text → a key that signs, or one that checks; the kind is told by the content.

use std::fmt;
use std::path::Path;

use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{AttestError, pem};
use crate::secret::{self, Source};

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, the signature as ASN.1.
    P256,
}

/// What stands before the key itself in a public key (`SubjectPublicKeyInfo`), and how long the key is.
const ED25519: (&[u8], usize) = (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 32);
const P256: (&[u8], usize) =
    (b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00", 65);

/// What stands before the seed in a private Ed25519 key (PKCS#8, the first version, which everybody reads).
const SEED: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// No key in text is longer.
const SOURCE: Source = Source { what: "key", flag: "--key", most: 16 << 10 };

const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

impl Form {
    const fn public(self) -> (&'static [u8], usize) {
        match self {
            Self::Ed25519 => ED25519,
            Self::P256 => P256,
        }
    }
}

/// A key that signs. Its bytes are wiped when it is dropped, and nothing prints them.
pub struct Key {
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
    warning: Option<String>,
}

/// A key that checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    form: Form,
    point: Vec<u8>,
}

impl Key {
    /// Makes a new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(form: Form) -> Result<Self, AttestError> {
        let random = SystemRandom::new();
        let pkcs8 = match form {
            Form::Ed25519 => {
                let mut bytes = Zeroizing::new(SEED.to_vec());
                let mut seed = Zeroizing::new([0; 32]);
                random.fill(seed.as_mut_slice()).map_err(|_| AttestError::Random)?;
                bytes.reserve_exact(32);
                bytes.extend_from_slice(seed.as_slice());
                bytes
            }
            Form::P256 => {
                let made = EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, &random);
                Zeroizing::new(made.map_err(|_| AttestError::Random)?.as_ref().to_vec())
            }
        };
        Self::from_pkcs8(pkcs8).ok_or(AttestError::Fault("a new key is none"))
    }

    /// Reads it from a regular file or a pipe.
    ///
    /// # Errors
    /// When it can't be read, or holds no private key.
    pub fn from_file(path: &Path) -> Result<Self, AttestError> {
        Self::from_text(&SOURCE.path(path)?)
    }

    /// Reads it from a pipe that somebody opened for us.
    ///
    /// # Errors
    /// When it can't be read, or holds no private key.
    pub fn from_descriptor(number: u32) -> Result<Self, AttestError> {
        Self::from_text(&SOURCE.descriptor(number)?)
    }

    fn from_text(text: &secret::Read) -> Result<Self, AttestError> {
        let fault = |why| AttestError::Key { place: text.place.clone(), why };
        let (label, bytes) = pem::read(&text.bytes).map_err(fault)?;
        if label != PRIVATE {
            return Err(fault(match label {
                "ENCRYPTED PRIVATE KEY" => {
                    "it is locked; take the password off with openssl pkey, and keep it in a safe"
                }
                "EC PRIVATE KEY" => "it is in an older form; write it anew with openssl pkcs8 -topk8 -nocrypt",
                PUBLIC => "it is public, and a private one signs",
                _ => "it is none of the kind that lastlook key new makes",
            }));
        }
        let key = Self::from_pkcs8(bytes);
        let mut key = key.ok_or_else(|| fault("it is neither Ed25519 nor P-256; make one with lastlook key new"))?;
        key.warning = text.warning();
        Ok(key)
    }

    fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Option<Self> {
        // Keys that others made need not hold their public part.
        let public = match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8) {
            Ok(pair) => PublicKey { form: Form::Ed25519, point: pair.public_key().as_ref().to_vec() },
            Err(_) => PublicKey { form: Form::P256, point: p256(&pkcs8)?.public_key().as_ref().to_vec() },
        };
        Some(Self { pkcs8, public, warning: None })
    }

    /// Signs `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AttestError> {
        let unread = AttestError::Fault("a key that was read is none");
        match self.public.form {
            Form::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.pkcs8).map_err(|_| unread)?;
                Ok(pair.sign(message).as_ref().to_vec())
            }
            Form::P256 => {
                let signed = p256(&self.pkcs8).ok_or(unread)?.sign(&SystemRandom::new(), message);
                Ok(signed.map_err(|_| AttestError::Random)?.as_ref().to_vec())
            }
        }
    }

    /// What checks its signatures.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What a person should know about the file.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The text to keep in a safe place.
    pub(super) fn pem(&self) -> Zeroizing<String> {
        pem::write(PRIVATE, &self.pkcs8)
    }
}

fn p256(pkcs8: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &SystemRandom::new()).ok()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public.keyid())
    }
}

impl PublicKey {
    /// Reads it from a file.
    ///
    /// # Errors
    /// When it can't be read, or holds no public key.
    pub fn from_file(path: &Path) -> Result<Self, AttestError> {
        let text = SOURCE.path(path)?;
        let fault = |why| AttestError::Key { place: text.place.clone(), why };
        let (label, der) = pem::read(&text.bytes).map_err(fault)?;
        match label {
            PUBLIC => Self::from_der(&der).ok_or_else(|| fault("it is neither Ed25519 nor P-256")),
            PRIVATE => Err(fault("it is private, and a public one checks; lastlook key show says which belongs to it")),
            _ => Err(fault("it is no PUBLIC KEY, which openssl pkey -pubout makes")),
        }
    }

    /// Reads the public part of a private or a public key.
    ///
    /// # Errors
    /// When it can't be read, or holds no key.
    pub fn of_either(path: &Path) -> Result<Self, AttestError> {
        let text = SOURCE.path(path)?;
        if let Ok((PUBLIC, der)) = pem::read(&text.bytes) {
            let why = "it is neither Ed25519 nor P-256";
            return Self::from_der(&der).ok_or(AttestError::Key { place: text.place, why });
        }
        Ok(Key::from_text(&text)?.public)
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        [Form::Ed25519, Form::P256].into_iter().find_map(|form| {
            let (head, length) = form.public();
            let point = der.strip_prefix(head).filter(|point| point.len() == length)?;
            Some(Self { form, point: point.to_vec() })
        })
    }

    fn der(&self) -> Vec<u8> {
        [self.form.public().0, &self.point].concat()
    }

    /// Its name: the sha256 of its bytes.
    #[must_use]
    pub fn keyid(&self) -> String {
        hex(&Sha256::digest(self.der()))
    }

    /// As everybody reads it.
    #[must_use]
    pub fn pem(&self) -> String {
        pem::write(PUBLIC, &self.der()).to_string()
    }

    /// Whether it was its private part that signed `message` so.
    pub(super) fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn signature::VerificationAlgorithm = match self.form {
            Form::Ed25519 => &signature::ED25519,
            Form::P256 => &signature::ECDSA_P256_SHA256_ASN1,
        };
        UnparsedPublicKey::new(algorithm, &self.point).verify(message, signature).is_ok()
    }
}

/// Bytes as digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_what_its_public_part_fits() {
        for form in [Form::Ed25519, Form::P256] {
            let key = Key::new(form).unwrap();
            let signature = key.sign(b"hello").unwrap();
            assert!(key.public().fits(b"hello", &signature));
            assert!(!key.public().fits(b"hallo", &signature));
            assert!(!Key::new(form).unwrap().public().fits(b"hello", &signature));
            assert_eq!(PublicKey::from_der(&key.public().der()).as_ref(), Some(key.public()));
            assert_eq!(format!("{key:?}"), format!("Key({})", key.public().keyid()));
        }
    }

    #[test]
    fn what_is_no_public_key_is_none() {
        let der = Key::new(Form::P256).unwrap().public().der();
        let long = [der.as_slice(), b"x"].concat();
        for bad in [&b""[..], &der[..der.len() - 1], &long, &der[1..]] {
            assert_eq!(PublicKey::from_der(bad), None);
        }
    }
}
