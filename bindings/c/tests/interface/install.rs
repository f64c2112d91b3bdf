//! `make install`: what is installed, what the library says of itself, and that the examples build and run with it, by
//! pkg-config and by CMake, shared and static, also where all of it was moved.

use doorward_testkit::c::*;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Versions that a program which was built with one of them can go on with.
const SERIES: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// What a host ships with itself should not outgrow this. docs/c-abi.md says what is in it.
const SHARED_LIBRARY_BYTES_MAX: u64 = 6_400_000;

/// What a program is linked with, and what with instead of it to hold the library in itself.
const SHARED: &str = "$(pkg-config --cflags --libs doorward)";
const STATIC: &str = "$(pkg-config --cflags --libs --static doorward | sed s/-ldoorward/-l:libdoorward.a/)";

fn folder(name: &str) -> PathBuf {
    scratch().join("install").join(name)
}

/// Runs make, without what a make that may run this test says to its own.
fn make(arguments: &[&str]) {
    let target = doorward_testkit::target();
    let mut make = Command::new("make");
    make.env_remove("MAKEFLAGS").env("CARGO_TARGET_DIR", target).arg("--silent").args(arguments);
    silent(make.current_dir(root()));
}

/// The folder that it is installed in, built with cargo.
fn installed() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        // What make installs is what was built last.
        libraries();
        let _ = fs::remove_dir_all(folder(""));
        let prefix = folder("prefix");
        let cargo = format!("CARGO={}", env!("CARGO"));
        make(&["install", &cargo, "CARGOFLAGS=--locked --quiet", &format!("PREFIX={}", prefix.display())]);
        prefix
    })
}

/// Installs what is built already, as root does it who has no Rust.
fn install_built(arguments: &[&str]) {
    installed();
    make(&[&["install", "CARGO=true"], arguments].concat());
}

/// Whether what it takes is there.
fn can_install() -> bool {
    has("make") && has("pkg-config")
}

/// Every file below a folder, and where the links among them lead.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, base: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(base).unwrap().display();
            match fs::read_link(&path) {
                Ok(target) => found.insert(format!("{name} -> {}", target.display())),
                Err(_) if path.is_dir() => {
                    walk(&path, base, found);
                    continue;
                }
                Err(_) => found.insert(name.to_string()),
            };
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

/// The files of an installation, whose library folder is that one.
fn expected(library: &str, include: &str) -> BTreeSet<String> {
    let soname = soname();
    let files = [
        format!("{include}/doorward.h"),
        format!("{library}/cmake/Doorward/DoorwardConfig.cmake"),
        format!("{library}/cmake/Doorward/DoorwardConfigVersion.cmake"),
        format!("{library}/libdoorward.a"),
        format!("{library}/libdoorward.so -> {soname}"),
        format!("{library}/{soname} -> {soname}.{VERSION}"),
        format!("{library}/{soname}.{VERSION}"),
        format!("{library}/pkgconfig/doorward.pc"),
    ];
    files.into_iter().collect()
}

#[test]
fn what_is_installed_is_what_packagers_expect() {
    if !can_install() {
        return;
    }
    assert_eq!(files(installed()), expected("lib", "include"));
    let header = fs::read(installed().join("include/doorward.h")).unwrap();
    assert_eq!(header, fs::read(root().join("include/doorward.h")).unwrap());
}

#[test]
fn an_installation_is_staged_and_taken_away() {
    if !can_install() {
        return;
    }
    let (stage, library) = (folder("stage"), "/usr/lib/x86_64-linux-gnu");
    let destination = format!("DESTDIR={}", stage.display());
    let arguments = [&destination, "PREFIX=/usr", &format!("LIBDIR={library}"), "INCLUDEDIR=/usr/include/doorward"];
    install_built(&arguments);
    assert_eq!(files(&stage), expected(&library[1..], "usr/include/doorward"));
    for file in ["pkgconfig/doorward.pc", "cmake/Doorward/DoorwardConfig.cmake"] {
        let text = fs::read_to_string(stage.join(&library[1..]).join(file)).unwrap();
        assert!(!text.contains(stage.to_str().unwrap()) && !text.contains('@'), "{text}");
    }
    Examples::new(&stage.join("usr"), "lib/x86_64-linux-gnu", "staged").by_pkg_config();
    fs::write(stage.join("usr/include/other.h"), "").unwrap();
    make(&[&["uninstall"], arguments.as_slice()].concat());
    assert_eq!(files(&stage), BTreeSet::from(["usr/include/other.h".to_owned()]));
}

/// The sources of the examples, and the programs that they are built into.
const EXAMPLES: &[(&str, &str)] =
    &[("c/verify.c", "verify"), ("c/server.c", "server"), ("cpp/verify.cpp", "verify_cpp")];

/// The examples, built with an installation and run.
struct Examples {
    library: PathBuf,
    folder: PathBuf,
}

impl Examples {
    fn new(prefix: &Path, library: &str, name: &str) -> Self {
        let folder = folder("programs").join(name);
        fs::create_dir_all(&folder).unwrap();
        Self { library: prefix.join(library), folder }
    }

    /// The line that the head of an example tells people to type, with warnings.
    fn line(source: &Path) -> String {
        let text = fs::read_to_string(source).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(" *   c")).unwrap();
        let (compiler, rest) = line.split_once(' ').unwrap();
        format!("c{compiler} {} {rest}", WARNINGS.join(" "))
    }

    /// Types it, in the folder of the example, with another name for the program.
    fn build(&self, source: &str, program: &str, change: impl Fn(&str) -> String) -> PathBuf {
        let source = root().join("../../examples").join(source);
        let program = self.folder.join(program);
        let mut words: Vec<String> = change(&Self::line(&source)).split(' ').map(str::to_owned).collect();
        let at = words.iter().position(|word| word == "-o").unwrap();
        words[at + 1] = program.to_str().unwrap().to_owned();
        let mut shell = Command::new("sh");
        shell.args(["-c", &words.join(" ")]).env("PKG_CONFIG_PATH", self.library.join("pkgconfig"));
        silent(shell.current_dir(source.parent().unwrap()));
        program
    }

    fn by_pkg_config(&self) {
        for (source, program) in Self::buildable() {
            let program = self.build(source, program, str::to_owned);
            assert!(needs(&program), "{}", program.display());
            self.run(&program);
        }
    }

    fn by_pkg_config_static(&self) {
        let change = |line: &str| line.replace(SHARED, STATIC);
        for (source, program) in Self::buildable() {
            let program = self.build(source, &format!("{program}_static"), change);
            assert!(!needs(&program), "{}", program.display());
            self.run(&program);
        }
    }

    fn buildable() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        EXAMPLES.iter().filter(|(source, _)| !source.ends_with(".cpp") || has("c++"))
    }

    fn by_cmake(&self, statically: bool) {
        let build = self.folder.join(if statically { "cmake_static" } else { "cmake" });
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(root().join("../../examples")).arg("-B").arg(&build);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", self.library.parent().unwrap().display()));
        configure.arg(format!("-DDOORWARD_STATIC={}", if statically { "ON" } else { "OFF" }));
        for command in [&mut configure, Command::new("cmake").arg("--build").arg(&build)] {
            let output = run(command);
            assert!(output.status.success(), "{command:?}\n{}", text(&output));
        }
        for (_, program) in EXAMPLES {
            let program = build.join(program);
            assert_eq!(needs(&program), !statically, "{}", program.display());
            self.run(&program);
        }
    }

    /// Those with the library in them are large.
    fn remove(self) {
        fs::remove_dir_all(self.folder).unwrap();
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", &self.library);
        command
    }

    fn run(&self, program: &Path) {
        if program.file_name().unwrap().to_str().unwrap().starts_with("server") {
            let server = Server::start(&mut self.command(program));
            assert_eq!(server.ask_with(WORKFLOW, &token("good")).status, 200);
            assert_eq!(server.ask_with(WORKFLOW, &token("forged")).status, 401);
            return server.stop();
        }
        let verify = |token: &str| {
            let mut command = self.command(program);
            command.arg(world().join("config.json")).arg("workflow-rest");
            text(&run(command.stdin(File::open(world().join(token)).unwrap())))
        };
        assert_eq!(verify("good.token"), "200, it is AAD:alice\n");
        let denied = verify("expired.token");
        assert!(denied.starts_with("401, 3010 the token has expired\nWWW-Authenticate: Bearer realm="), "{denied}");
    }
}

/// What readelf says of the dynamic section of a file.
fn dynamic(file: &Path) -> String {
    let output = run(Command::new("readelf").args(["--dynamic", "--wide"]).arg(file));
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// Whether a program looks for the shared library when it is started.
fn needs(program: &Path) -> bool {
    dynamic(program).contains(&format!("Shared library: [{}]", soname()))
}

#[test]
fn the_document_says_how_to_link() {
    let document = fs::read_to_string(root().join("../../docs/c-abi.md")).unwrap();
    for link in [SHARED, STATIC] {
        assert!(document.contains(&format!("    cc -o verify verify.c {link}\n")), "{link}");
    }
}

#[test]
fn the_examples_build_with_pkg_config_wherever_it_is() {
    if !can_install() {
        return;
    }
    for (prefix, name) in [(installed(), "here"), (moved(), "moved")] {
        let examples = Examples::new(prefix, "lib", name);
        examples.by_pkg_config();
        examples.by_pkg_config_static();
        examples.remove();
    }
}

/// Another installation, which is not where it was installed.
fn moved() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let (first, second) = (folder("first"), folder("second"));
        install_built(&[&format!("PREFIX={}", first.display())]);
        fs::rename(first, &second).unwrap();
        second
    })
}

#[test]
fn the_examples_build_with_cmake_wherever_it_is() {
    if !can_install() || !has("cmake") || !has("c++") {
        return;
    }
    for (prefix, name) in [(installed(), "here"), (moved(), "moved")] {
        let examples = Examples::new(prefix, "lib", &format!("cmake-{name}"));
        examples.by_cmake(false);
        examples.by_cmake(true);
        examples.remove();
    }
}

/// What CMake finds where a program asks for a version.
fn cmake_finds(version: &str) -> bool {
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed().display());
    let project = folder("find").join(version.replace(' ', "-"));
    fs::create_dir_all(&project).unwrap();
    let lists = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(find NONE)\nfind_package(Doorward {version} REQUIRED)\n"
    );
    fs::write(project.join("CMakeLists.txt"), lists).unwrap();
    run(Command::new("cmake").arg("-S").arg(&project).arg("-B").arg(project.join("build")).arg(prefix)).status.success()
}

#[test]
fn cmake_finds_the_versions_that_a_program_can_be_built_with() {
    if !can_install() || !has("cmake") {
        return;
    }
    for version in ["", SERIES, VERSION, &format!("{VERSION} EXACT")] {
        assert!(cmake_finds(version), "{version}");
    }
    let later = format!("{SERIES}.99");
    for version in ["0.0.9", &later, &format!("{later} EXACT"), "0.99", "99.0"] {
        assert!(!cmake_finds(version), "{version}");
    }
}

#[test]
fn every_version_is_the_same() {
    if !can_install() {
        return;
    }
    let library = installed().join("lib");
    let mut pkg_config = Command::new("pkg-config");
    pkg_config.args(["--modversion", "doorward"]).env("PKG_CONFIG_PATH", library.join("pkgconfig"));
    assert_eq!(text(&run(&mut pkg_config)).trim(), VERSION);
    let cmake = fs::read_to_string(library.join("cmake/Doorward/DoorwardConfigVersion.cmake")).unwrap();
    assert!(cmake.contains(&format!("set(PACKAGE_VERSION \"{VERSION}\")")), "{cmake}");
    // What the header says, what the library says of its interface, and of itself.
    let program = compile("cc", "version.c", "c11", "installed", &[], &["-L", library.to_str().unwrap(), "-ldoorward"]);
    let said = text(&run(Command::new(program).env("LD_LIBRARY_PATH", &library)));
    let abi = soname().strip_prefix("libdoorward.so.").unwrap().to_owned();
    assert_eq!(said, format!("{abi} {abi} {VERSION}\n"));
}

#[test]
fn the_library_is_named_stays_loaded_and_is_small() {
    if !can_install() {
        return;
    }
    let library = installed().join("lib/libdoorward.so");
    let dynamic = dynamic(&library);
    assert!(dynamic.contains(&format!("Library soname: [{}]", soname())), "{dynamic}");
    assert!(dynamic.lines().any(|line| line.contains("FLAGS_1") && line.contains("NODELETE")), "{dynamic}");
    assert!(!dynamic.contains("TEXTREL") && !dynamic.contains("RPATH") && !dynamic.contains("RUNPATH"), "{dynamic}");
    let sections = text(&run(Command::new("readelf").args(["--sections", "--wide"]).arg(&library)));
    assert!(sections.contains(".text") && !sections.contains(".symtab") && !sections.contains(".debug"), "{sections}");
    let bytes = fs::metadata(&library).unwrap().len();
    println!("{} has {bytes} bytes", library.display());
    assert!(bytes < SHARED_LIBRARY_BYTES_MAX, "{bytes}");
}
