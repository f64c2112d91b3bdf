//! The scenarios, and how each gets a process of its own.

use super::{allocations, flood, fork, instructions, many, memory, panics, seccomp, signals, tenants, threads};
use std::process::{Command, exit};
use std::time::{Duration, Instant};

/// Set for a scenario's own process: its name.
pub const SCENARIO: &str = "DOORWARD_SCENARIO";

const SCENARIOS: &[(&str, fn())] = &[
    ("one_thread_serves_all_and_ends_with_the_last", threads::one_thread_serves_all_and_ends_with_the_last),
    ("the_thread_blocks_the_signals_of_the_host", threads::the_thread_blocks_the_signals_of_the_host),
    ("closing_ends_a_fetch_that_hangs", threads::closing_ends_a_fetch_that_hangs),
    ("closing_ends_a_connection_that_hangs", threads::closing_ends_a_connection_that_hangs),
    ("a_host_may_forbid_threads", threads::a_host_may_forbid_threads),
    ("paths_hold_where_the_host_goes_elsewhere", threads::paths_hold_where_the_host_goes_elsewhere),
    ("a_panic_is_counted_and_ends_nothing", panics::a_panic_is_counted_and_ends_nothing),
    ("events_show_no_token", panics::events_show_no_token),
    ("a_fork_before_the_first_use", fork::before_the_first_use),
    ("a_fork_after_the_first_use", fork::after_the_first_use),
    ("a_fork_in_the_midst_of_a_fetch", fork::in_the_midst_of_a_fetch),
    ("a_fork_with_a_denylist", fork::with_a_denylist),
    ("a_fork_with_a_directory", fork::with_a_directory),
    ("verify_makes_no_system_call", seccomp::verify_makes_no_system_call),
    ("ten_thousand_issuers", many::ten_thousand_issuers),
    ("a_million_revoked", many::a_million_revoked),
    ("files_have_a_thread_of_their_own", threads::files_have_a_thread_of_their_own),
    ("ten_thousand_tenants", tenants::ten_thousand_tenants),
    (
        "a_flood_costs_a_fetch_a_minute_no_memory_and_lets_nobody_else_wait",
        flood::a_flood_costs_a_fetch_a_minute_no_memory_and_lets_nobody_else_wait,
    ),
    ("a_rotation_is_picked_up_on_its_schedule", flood::a_rotation_is_picked_up_on_its_schedule),
    ("after_forget_and_drop_no_copy_is_left", memory::after_forget_and_drop_no_copy_is_left),
    ("a_decision_leaves_no_copy", memory::a_decision_leaves_no_copy),
    ("a_dropped_verdict_leaves_no_claim", memory::a_dropped_verdict_leaves_no_claim),
    ("a_directory_is_asked_through_signals", signals::a_directory_is_asked_through_signals),
    ("keys_are_fetched_through_signals", signals::keys_are_fetched_through_signals),
    ("ours_allocates_nothing", allocations::ours_allocates_nothing),
    ("every_other_denial_and_path_allocates_nothing", allocations::every_other_denial_and_path_allocates_nothing),
    ("tenants_allocate_nothing", allocations::tenants_allocate_nothing),
    ("credentials_allocate_nothing", allocations::credentials_allocate_nothing),
    ("what_grows_costs_a_request_nothing", instructions::what_grows_costs_a_request_nothing),
    ("waiting_costs_no_time", instructions::waiting_costs_no_time),
    ("the_whole_process_is_counted", allocations::the_whole_process_is_counted),
];

pub fn main() {
    if let Ok(work) = std::env::var(allocations::WORK) {
        return allocations::repeat(&work);
    }
    if let Ok(work) = std::env::var(instructions::WORK) {
        return instructions::work(&work);
    }
    if let Ok(name) = std::env::var(SCENARIO) {
        if let Some((_, scenario)) = SCENARIOS.iter().find(|(known, _)| *known == name) {
            return scenario();
        }
        return seccomp::child(&name);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| name.contains(wanted.as_str()));
    let failed = SCENARIOS.iter().filter(|(name, _)| chosen(name) && !run(name)).count();
    println!("test result: {}. {failed} failed", if failed == 0 { "ok" } else { "FAILED" });
    exit(i32::from(failed > 0));
}

fn run(name: &str) -> bool {
    let start = Instant::now();
    let mut child = Command::new(std::env::current_exe().unwrap()).env(SCENARIO, name).spawn().unwrap();
    let end = start + Duration::from_secs(120);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > end => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        println!("{name} hangs");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let passed = status.is_some_and(|status| status.success());
    println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
    passed
}
