//! Builds the module for the nginx of this machine, out of the sources that Debian's nginx-dev brings.

use doorward_testkit::c::{libraries, root, run, scratch, text};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub const NGINX: &str = "/usr/sbin/nginx";
const SOURCES: &str = "/usr/share/nginx/src";

/// With the options that the server was built with, which have to be a module's too. `configure` writes beside itself.
const BUILD: &str = r#"
set -e
. ./conf_flags
./configure "${NGX_CONF_FLAGS[@]}" --with-cc-opt='-g -O2' --builddir="$OBJECTS" --add-dynamic-module="$MODULE"
make -f "$OBJECTS/Makefile" modules
"#;

/// Whether there is an nginx to build for. Where it is known to be there, it must not be missed.
pub fn has_nginx() -> bool {
    let has = [NGINX, &format!("{SOURCES}/conf_flags")].iter().all(|path| Path::new(path).exists());
    if !has {
        assert!(std::env::var_os("DOORWARD_REQUIRE_NGINX").is_none(), "there is no nginx, or no nginx-dev");
        println!("skipped: there is no nginx, or no nginx-dev");
    }
    has
}

/// A module that holds the library.
pub fn with_static_library() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let library = libraries().release.join("libdoorward.a");
        build("static", &format!("-Wl,--exclude-libs,ALL {} -lpthread -ldl", library.display()))
    })
}

/// A module that loads the library.
pub fn with_shared_library() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let folder = libraries().release.display();
        build("shared", &format!("-L{folder} -Wl,-rpath,{folder} -ldoorward"))
    })
}

fn build(kind: &str, link: &str) -> PathBuf {
    let folder = scratch().join("nginx").join(kind);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let sources = folder.join("sources");
    let copied = run(Command::new("cp").arg("-r").arg(SOURCES).arg(&sources));
    assert!(copied.status.success(), "{}", text(&copied));
    let objects = folder.join("objects");
    let mut bash = Command::new("bash");
    bash.args(["-c", BUILD]).current_dir(&sources);
    bash.env("OBJECTS", &objects).env("MODULE", root().join("tests/nginx"));
    bash.env("DOORWARD_INCLUDE", root().join("include")).env("DOORWARD_LINK", link);
    let output = run(&mut bash);
    assert!(output.status.success(), "{}", text(&output));
    objects.join("ngx_http_doorward_module.so")
}

/// The names that a module gives (`--defined-only`) or takes (`--undefined-only`).
pub fn symbols(module: &Path, which: &str) -> BTreeSet<String> {
    let output = run(Command::new("nm").args(["--dynamic", "--format=posix", which]).arg(module));
    assert!(output.status.success(), "{}", text(&output));
    text(&output).lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}
