//! Lines one by one, from a text or a file, in bounded memory.

use super::line::{Line, Reading};
use super::list::Record;
use super::unlock::{TooMany, Unlocks};
use crate::limits::{DENYLIST_BYTES, DENYLIST_ENTRIES, DENYLIST_LINE_BYTES};
use crate::parse::json::Document;
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// Why lines are refused, all of them.
#[derive(Debug)]
pub(super) enum Fault {
    /// The line, counted from 1, and what is wrong with it.
    Line(u32, Cow<'static, str>),
    /// There are too many entries.
    Full,
    TooManyUnlocks,
    TooLarge,
    Unreadable(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<TooMany> for Fault {
    fn from(_: TooMany) -> Self {
        Self::TooManyUnlocks
    }
}

/// Entries that are handed over at once.
const BATCH: usize = 1 << 16;

/// Reads every entry that is in force at `now`, and hands them over in batches; the unlocks that are not over come at the
/// end. A line that is wrong refuses all, also what was handed over; empty lines are skipped.
pub(super) fn read(
    input: impl BufRead,
    reading: &Reading<'_>,
    now: i64,
    mut take: impl FnMut(Vec<Record>) -> Result<(), Fault>,
) -> Result<Unlocks, Fault> {
    let mut input = input.take(DENYLIST_BYTES + 1);
    let (mut records, mut line, mut document) = (Vec::new(), Vec::new(), Document::default());
    let (mut count, mut unlocks) = (0, Unlocks::default());
    for number in 1.. {
        line.clear();
        if (&mut input).take(DENYLIST_LINE_BYTES + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if input.limit() == 0 {
            return Err(Fault::TooLarge);
        }
        if line.len() as u64 > DENYLIST_LINE_BYTES {
            return Err(Fault::Line(number, "it has more than 16 KiB".into()));
        }
        let text = if number == 1 { without_mark(&line) } else { &line };
        if text.trim_ascii().is_empty() {
            continue;
        }
        match reading.read(text, number, &mut document).map_err(|what| Fault::Line(number, what))? {
            Line::Entry(record) if record.1.is_in_force(now) => {
                count += 1;
                records.push(record);
            }
            Line::Entry(_) => {}
            Line::Unlock(unlock) => unlocks.add(unlock, now)?,
        }
        if count > DENYLIST_ENTRIES {
            return Err(Fault::Full);
        }
        if records.len() == BATCH {
            take(std::mem::take(&mut records))?;
        }
    }
    take(records).map(|()| unlocks)
}

/// Editors leave a byte order mark behind.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}
