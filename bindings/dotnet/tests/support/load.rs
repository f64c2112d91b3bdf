//! Clients that ask again and again while a provider's keys change.

use super::http::Answer;
use doorward_testkit::provider::{Provider, RESOURCE_RS256};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const CLIENTS: usize = 4;

/// With less, it was no load.
const ANSWERS_MIN: usize = 100;

/// Each client asks with the next one of the tokens. What was not answered by 200 is kept.
#[derive(Default)]
struct Load {
    tokens: Mutex<Vec<String>>,
    ended: AtomicBool,
    answers: AtomicUsize,
    refused: Mutex<Vec<Answer>>,
}

impl Load {
    fn run(&self, ask: impl Fn(&str) -> Answer) {
        while !self.ended.load(Ordering::Relaxed) {
            let number = self.answers.fetch_add(1, Ordering::Relaxed);
            let token = {
                let tokens = self.tokens.lock().unwrap();
                tokens[number % tokens.len()].clone()
            };
            let answer = ask(&format!("Bearer {token}"));
            if answer.status != 200 {
                self.refused.lock().unwrap().push(answer);
            }
        }
    }
}

/// Changes the keys once, while clients ask with the old token and with the first one by the new key: none may be refused.
/// How many requests there were.
pub fn keys_change(provider: &Provider, ask: impl Fn(&str) -> Answer + Sync) -> usize {
    let load = Load { tokens: Mutex::new(vec![provider.token(RESOURCE_RS256)]), ..Load::default() };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| load.run(&ask));
        }
        thread::sleep(Duration::from_secs(1));
        provider.rotate();
        load.tokens.lock().unwrap().push(provider.token(RESOURCE_RS256));
        thread::sleep(Duration::from_secs(2));
        load.ended.store(true, Ordering::Relaxed);
    });
    let (answers, refused) = (load.answers.into_inner(), load.refused.into_inner().unwrap());
    assert!(refused.is_empty(), "{} of {answers} refused: {:?}", refused.len(), refused.first());
    assert!(answers > ANSWERS_MIN, "{answers}");
    answers
}
