use super::*;
use std::fs;
use std::time::Duration;

/// "secret" by bcrypt at the lowest cost.
const SECRET: &str = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("doorward-htpasswd-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn open(&self) -> Opening {
        open(&Settings { file: self.0.clone(), danger_weak_hashes: false }).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn check(opening: &Opening, user: &str, password: &str) -> Answer {
    let (user, within) = crate::parse::basic::split(user);
    opening.directory.check(&Login { user, within, password }, Instant::now() + Duration::from_secs(5))
}

fn proves(opening: &Opening, user: &str, password: &str) -> bool {
    check(opening, user, password) == Answer::Proved(Person { user: user.to_owned(), ..Person::default() })
}

#[test]
fn users_of_the_file_come_in_by_their_password() {
    let file = File::new(
        "users",
        &format!("# people\n\nbob:{SECRET}\r\nCONTOSO\\ann:{SECRET}\nx@y.example:{SECRET}:more:fields\n"),
    );
    let opening = file.open();
    for user in ["bob", "CONTOSO\\ann", "x@y.example"] {
        assert!(proves(&opening, user, "secret"), "{user}");
        assert_eq!(check(&opening, user, "wrong"), REJECTED, "{user}");
    }
    for user in ["Bob", "ann", "x", "nobody", "# people", "bob "] {
        assert_eq!(check(&opening, user, "secret"), REJECTED, "{user}");
    }
}

#[test]
fn a_broken_line_refuses_only_itself() {
    let text = format!(
        "good:{SECRET}\nno colon\n:{SECRET}\nplain:secret\nmd5:$apr1$saltsalt$/j5wetGTzlx3gpsPrXgyi/\n\
         sha:{{SHA}}8MCLEunsrWbDuTyxgR6dIGyZrug=\ncost:$2b$31$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a\n\
         good:$2b$04$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a\n bob:{SECRET}\nunknown:$9$abc\nlast:{SECRET}"
    );
    let opening = File::new("broken", &text).open();
    assert!(proves(&opening, "good", "secret") && proves(&opening, "last", "secret"));
    for user in ["no colon", "", "plain", "md5", "sha", "cost", "bob", " bob", "unknown"] {
        assert_eq!(check(&opening, user, "secret"), REJECTED, "{user}");
    }
    let lines: Vec<&str> = opening.notes.iter().filter_map(|note| note.split(':').next()).collect();
    let wrong = ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9", "line 10"];
    assert!(wrong.iter().all(|line| lines.contains(line)), "{:?}", opening.notes);
    assert!(!opening.notes.iter().any(|note| note.contains("secret") || note.contains("$2b")), "{:?}", opening.notes);
}

#[test]
fn a_file_that_can_not_be_read_is_an_error() {
    let settings = Settings { file: "/nowhere/users.htpasswd".into(), danger_weak_hashes: false };
    assert_eq!(open(&settings).unwrap_err().0, Code::FileUnreadable);
}

#[test]
fn a_change_holds_and_a_file_that_is_gone_changes_nothing() {
    let file = File::new("change", &format!("bob:{SECRET}\nann:{SECRET}\n"));
    let opening = file.open();
    assert!(!opening.directory.tend() && opening.directory.is_tended());
    fs::write(&file.0, format!("ann:{SECRET}\nnew:{SECRET}\n")).unwrap();
    assert!(opening.directory.tend());
    assert_eq!(check(&opening, "bob", "secret"), REJECTED);
    assert!(proves(&opening, "ann", "secret") && proves(&opening, "new", "secret"));
    fs::remove_file(&file.0).unwrap();
    assert!(!opening.directory.tend() && !opening.directory.tend());
    assert!(proves(&opening, "ann", "secret"));
}

#[test]
fn a_file_in_the_midst_of_being_written_keeps_nobody_out() {
    let file = File::new("midst", &format!("ann:{SECRET}\nbob:{SECRET}\n"));
    let opening = file.open();
    for half in ["", "ann:$2b$04$abcdef", &format!("ann:{SECRET}")] {
        fs::write(&file.0, half).unwrap();
        assert!(!opening.directory.tend(), "{half}");
        assert!(proves(&opening, "bob", "secret"));
    }
    // It stays so: then that is what was meant.
    assert!(opening.directory.tend());
    assert_eq!(check(&opening, "bob", "secret"), REJECTED);
    assert!(proves(&opening, "ann", "secret"));
}

#[test]
fn somebody_who_is_not_there_stands_for_the_same_user_each_time() {
    let text: String = (0..50).map(|number| format!("user{number}:{SECRET}\n")).collect();
    let file = File::new("stand-in", &text);
    let users = read(&file.0, false).unwrap().0;
    let key = Keyed::new().unwrap();
    let whose = |name: &str| users.stand_in(&key, name).map(std::ptr::from_ref).unwrap().addr();
    let others: std::collections::HashSet<usize> = (0..500).map(|number| whose(&format!("nobody{number}"))).collect();
    assert!(others.len() > 40 && (0..50).all(|number| whose(&format!("x{number}")) == whose(&format!("x{number}"))));
}
