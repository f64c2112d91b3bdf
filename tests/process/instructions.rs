//! Counts instructions, which no busy machine changes: this program is run again by valgrind.
//!
//! What is run there judges by its own counts, and panics.

use crate::{grown, threads};
use doorward_testkit::c::{has, run, text};
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, thread};

/// Set where valgrind counts: what to do.
pub const WORK: &str = "DOORWARD_INSTRUCTIONS_WORK";

/// Set there too: the folder that valgrind writes into.
const FOLDER: &str = "DOORWARD_INSTRUCTIONS_FOLDER";

/// What valgrind is told of [`counted`]: to count what its thread does in it, or what all threads do.
const OF_ITS_THREAD: [&str; 2] = ["toggle-collect", "dump-after"];
const OF_ALL_THREADS: [&str; 2] = ["dump-before", "dump-after"];

const GROWN: [fn(); 9] = [
    grown::issuers,
    grown::tenants_of_one_issuer,
    grown::tenants_with_an_issuer_each,
    grown::apis,
    grown::paths,
    grown::denylist,
    grown::users,
    grown::credentials,
    grown::huge_numbers,
];

/// Two processes do it side by side.
pub fn what_grows_costs_a_request_nothing() {
    if has("valgrind") {
        thread::scope(|scope| {
            for half in ["0", "1"] {
                scope.spawn(move || valgrind(half, OF_ITS_THREAD));
            }
        });
    }
}

pub fn waiting_costs_no_time() {
    if has("valgrind") {
        valgrind("waiting", OF_ALL_THREADS);
    }
}

fn valgrind(work: &str, counting: [&str; 2]) {
    let folder = doorward_testkit::scratch().join(format!("instructions-{}-{work}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}/counts", folder.display()));
    command.args(counting.map(|option| format!("--{option}=*::instructions::counted")));
    let output = run(command.arg(env::current_exe().unwrap()).env(WORK, work).env(FOLDER, &folder));
    fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{}", text(&output));
    print!("{}", text(&output));
}

/// What valgrind runs.
pub fn work(name: &str) {
    let (_, one) = instructions(|| black_box(1));
    let (_, thousand) = instructions(|| (0..1000).map(black_box).sum::<u64>());
    assert!(one < 1000 && thousand > 1000, "valgrind does not count what it should: {one}, {thousand}");
    match name.parse() {
        Ok(half) => GROWN.iter().skip(half).step_by(2).for_each(|work| work()),
        Err(_) => threads::wait_in_vain(),
    }
}

/// What `work` returns, and its instructions.
pub fn instructions<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let outcome = counted(work);
    // Valgrind has written them down by now, into one more file.
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let files = (1..).map(|number| folder.join(format!("counts.{number}"))).take_while(|file| file.exists());
    // The count stands before all the rest, which is long.
    let mut lines = BufReader::new(fs::File::open(files.last().unwrap()).unwrap()).lines();
    let count = lines.find_map(|line| line.unwrap().strip_prefix("summary: ").map(str::to_owned));
    (outcome, count.unwrap().parse().unwrap())
}

/// Valgrind knows it by its name.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
