//! `doorward schema`: the JSON Schema of the configuration.

use crate::console::Output;
use crate::{Ending, Failure};

/// Prints it as it stands in `docs/configuration.schema.json`.
pub(crate) fn run(output: &mut Output) -> Result<Ending, Failure> {
    output.line(doorward::configuration_schema().trim_end())?;
    Ok(Ending::Good)
}
