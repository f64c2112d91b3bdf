//! Shows a picture, and another one when something has changed.

use super::picture::Picture;
use crate::Failure;
use crate::console::{FAINT, Output, paint};
use doorward::Clock;
use jiff::Zoned;
use serde_json::json;
use std::io;
use std::thread;
use std::time::Duration;

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Prints a picture. With `goes_on`, looks again each second and prints what differs, until nobody reads it any more.
/// Returns the last picture.
pub(super) fn run(
    first: Picture,
    goes_on: bool,
    mut look: impl FnMut() -> Result<Picture, Failure>,
    output: &mut Output,
) -> Result<Picture, Failure> {
    if !goes_on {
        once(&first, output)?;
        return Ok(first);
    }
    let mut shown = first;
    let mut fault = String::new();
    redraw(&shown, output)?;
    while !output.is_closed() {
        thread::sleep(LOOK_AGAIN);
        match look() {
            Ok(picture) => {
                if picture.marks() != shown.marks() {
                    redraw(&picture, output)?;
                }
                (shown, fault) = (picture, String::new());
            }
            // A file may be half written. What is wrong is said once.
            Err(failure) if failure.to_string() != fault => {
                failure.say();
                fault = failure.to_string();
            }
            Err(_) => {}
        }
    }
    Ok(shown)
}

fn once(picture: &Picture, output: &mut Output) -> io::Result<()> {
    if output.json() { output.value(&picture.to_json()) } else { picture.print(output) }
}

/// A terminal shows the last picture only; elsewhere one follows the other, as JSON one in a line.
fn redraw(picture: &Picture, output: &mut Output) -> io::Result<()> {
    if output.json() {
        let mut object = picture.to_json();
        object["at"] = json!(Clock::System.now());
        return output.line(object);
    }
    let time = Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    output.start_page()?;
    output.line(paint(FAINT, time))?;
    picture.print(output)?;
    output.line("")
}
