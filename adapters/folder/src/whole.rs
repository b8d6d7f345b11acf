//! Files that others read are written so that nobody sees half of one.

use std::path::{Path, PathBuf};

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::of_system;

/// Writes a file of this name into `folder`, which is made where it is missing; one of the same name is replaced.
///
/// # Errors
/// Transient: the folder or the file cannot be written.
pub fn write_whole(folder: &Path, name: &str, content: &str) -> Result<(), AdapterError> {
    let failed = |error: std::io::Error| {
        let folder = folder.display();
        AdapterError::transient(format!(
            "文件夹 {folder} 写不了{}（{folder} cannot be written: {error}）",
            of_system(&error)
        ))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let part: PathBuf = folder.join(format!(".{name}.part"));
    std::fs::write(&part, content).map_err(failed)?;
    std::fs::rename(&part, folder.join(name)).map_err(failed)
}
