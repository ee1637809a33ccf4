//! A file's path → its text, if it is a regular file of a sane size.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::ProjectError;

/// No manifest or setting needs more.
const MOST: u64 = 16 << 20;

/// The text of the file at `path`, called `shown` in errors; `None` where there is none.
pub(super) fn read(path: &Path, shown: &str) -> Result<Option<String>, ProjectError> {
    let fault = |source| ProjectError::Read { file: shown.to_owned(), source };
    match path.metadata() {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Err(fault(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(fault(error)),
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)).map_err(fault)?;
    if bytes.len() as u64 > MOST {
        return Err(ProjectError::Large { file: shown.to_owned(), most: MOST });
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| fault(io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8 text")))?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
