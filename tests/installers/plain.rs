//! Plain readers, as anyone would write them: what they miss is what the comparison must find.

use std::io::Read as _;

use crate::laid::Laid;

/// Lists a tarball with the `tar` crate.
pub fn tarball(bytes: &[u8]) -> Laid {
    let mut laid = Laid::default();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return Laid::failed(error.to_string()),
    };
    for entry in entries {
        let one = entry.and_then(|mut entry| {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut body = Vec::new();
            (&mut entry).take(1 << 24).read_to_end(&mut body)?;
            Ok((path, body))
        });
        match one {
            Ok(file) => laid.files.push(file),
            Err(error) => {
                laid.error = Some(error.to_string());
                break;
            }
        }
    }
    laid.stripped()
}

/// Lists a zip archive with the `zip` crate.
pub fn zip(bytes: &[u8]) -> Laid {
    let mut laid = Laid::default();
    let mut archive = match zip::ZipArchive::new(std::io::Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return Laid::failed(error.to_string()),
    };
    for number in 0..archive.len() {
        let one = archive.by_index(number).map_err(|error| error.to_string()).and_then(|mut member| {
            let (path, mut body) = (member.name().map_err(|error| error.to_string())?.into_owned(), Vec::new());
            (&mut member).take(1 << 24).read_to_end(&mut body).map_err(|error| error.to_string())?;
            Ok((path, body))
        });
        match one {
            Ok(file) => laid.files.push(file),
            Err(error) => laid.error = Some(error),
        }
    }
    laid
}
