//! Numbers as people read them.

use std::time::Duration;

/// `512,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `70.6 MB`.
pub(super) fn bytes(number: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match units.into_iter().find(|(_, size)| number >= *size) {
        Some((unit, size)) => {
            let tenths = number.saturating_mul(10) / size;
            format!("{}.{} {unit}", grouped(tenths / 10), tenths % 10)
        }
        None => counted(number, "byte", "bytes"),
    }
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `0.07 s`.
pub(super) fn seconds(took: Duration) -> String {
    if took.as_secs() >= 10 { format!("{} s", took.as_secs()) } else { format!("{:.2} s", took.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 512_000, 1_234_567].map(grouped), ["0", "999", "1,000", "512,000", "1,234,567"]);
        assert_eq!([12, 1500, 70_636_081].map(bytes), ["12 bytes", "1.5 kB", "70.6 MB"]);
    }
}
