//! PEM text ↔ what it is called, and its bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Reads exactly one block, with nothing around it.
pub(super) fn read(text: &[u8]) -> Result<(&str, Zeroizing<Vec<u8>>), &'static str> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no text")?.trim_ascii();
    let rest = text.strip_prefix("-----BEGIN ").ok_or("it does not begin as PEM does, with -----BEGIN")?;
    let (label, rest) = rest.split_once("-----").ok_or("its first line is cut")?;
    let (body, end) = rest.split_once("-----END ").ok_or("its end is missing")?;
    if end.strip_suffix("-----") != Some(label) {
        return Err("it holds more than one block, or its end is another than its beginning");
    }
    let mut coded = Zeroizing::new(Vec::with_capacity(body.len()));
    coded.extend(body.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    let mut bytes = Zeroizing::new(Vec::with_capacity(coded.len()));
    STANDARD.decode_vec(coded.as_slice(), &mut bytes).map_err(|_| "what stands in it is no base64")?;
    Ok((label, bytes))
}

/// Writes a block.
pub(super) fn write(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let coded = Zeroizing::new(STANDARD.encode(bytes));
    // Room for all of it from the start, since a text that grows leaves copies of itself behind.
    let mut text = Zeroizing::new(String::with_capacity(coded.len() + coded.len() / 32 + 2 * label.len() + 64));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (at, sign) in coded.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(sign);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_is_read_as_it_was_written() {
        for length in [0, 1, 47, 48, 49, 200] {
            let bytes = vec![7; length];
            let text = write("PUBLIC KEY", &bytes);
            assert!(text.lines().all(|line| line.len() <= 64));
            let (label, read) = read(text.as_bytes()).unwrap();
            assert_eq!((label, read.as_slice()), ("PUBLIC KEY", bytes.as_slice()));
        }
    }

    #[test]
    fn what_is_more_or_less_than_one_block_is_refused() {
        let one = write("A", b"hello");
        for text in [
            String::new(),
            format!("{}{}", *one, *one),
            format!("x\n{}", *one),
            format!("{}x", *one),
            one.replace("END A", "END B"),
            one.replace("aGVsbG8=", "aGVsbG9="),
            one.replace("aGVsbG8=", "aGVsbG8"),
            one.replace("aGVsbG8=", "DEK: x\n\naGVsbG8="),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
