//! The library for Windows, and programs that run with it under Wine. `ci/offline/windows` has prepared what that takes.

use super::{WARNINGS, root, run, scratch, silent, text};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// With this variable set, a machine without the tools fails the tests instead of skipping them.
const REQUIRE: &str = "DOORWARD_REQUIRE_WINDOWS";

const TARGET: &str = "x86_64-pc-windows-gnu";

const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// A program that hangs is ended, and has failed. Each takes some seconds.
const SECONDS_MAX: &str = "120";

/// Quickly built. What is tested here is the system, not the speed.
const PROFILE: &[&str] = &[
    "profile.dev.opt-level=1",
    "profile.dev.debug=false",
    "profile.dev.incremental=false",
    "profile.dev.package.\"*\".opt-level=1",
];

/// What ci/offline/windows has prepared, and the library.
pub struct Windows {
    tools: PathBuf,
    /// Where programs are, and the libraries that they load.
    folder: PathBuf,
    /// A program that waits for the end of these tests. With it Wine's own services go on: they say what goes wrong with
    /// them where the first program says it, and that is not one that is tested.
    keeper: Option<Child>,
}

/// Nothing where the machine is without the tools: that is said.
pub fn windows() -> Option<&'static Windows> {
    static ONCE: OnceLock<Option<Windows>> = OnceLock::new();
    let windows = ONCE.get_or_init(|| tools().map(Windows::build)).as_ref();
    if windows.is_none() {
        // Not println: the test runner would show that only for a test that fails.
        let _ = writeln!(io::stderr(), "skipped: there is nothing for Windows, which ci/offline/windows prepares");
    }
    windows
}

fn tools() -> Option<PathBuf> {
    let folder = crate::target().join("tools/windows");
    assert!(
        folder.is_dir() || env::var_os(REQUIRE).is_none(),
        "{REQUIRE} is set, but there is no {}",
        folder.display()
    );
    folder.is_dir().then_some(folder)
}

/// A path as Windows has it: Wine shows the root of this system as the drive Z.
pub fn windows_path(path: &Path) -> OsString {
    format!("Z:{}", path.to_str().unwrap().replace('/', "\\")).into()
}

impl Windows {
    fn build(tools: PathBuf) -> Self {
        let target = crate::scratch().join("windows");
        let rust = tools.join("rust/usr");
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        cargo.args(["build", "--quiet", "--locked", "--package", "doorward-c", "--features", "test-hooks"]);
        cargo.args(["-Zbuild-std=std,panic_unwind", "--target", TARGET, "--target-dir"]).arg(&target);
        cargo.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
        cargo.env("RUSTC", rust.join("bin/rustc")).env("LD_LIBRARY_PATH", rust.join("lib/x86_64-linux-gnu"));
        // It is a stable rustc, which builds its own standard library only when it is told so.
        cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", COMPILER);
        let output = run(cargo.current_dir(root()));
        assert!(output.status.success(), "{cargo:?}\n{}", text(&output));
        let folder = scratch().join("windows");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(target.join(TARGET).join("debug/doorward.dll"), folder.join("doorward.dll")).unwrap();
        fs::copy(tools.join("bcryptprimitives.dll"), folder.join("bcryptprimitives.dll")).unwrap();
        let mut windows = Self { tools, folder, keeper: None };
        windows.keep();
        windows
    }

    fn keep(&mut self) {
        let mut keeper = self.wine_alone(Path::new("cmd"));
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.keeper = Some(keeper.spawn().unwrap());
        let mut first = self.wine(Path::new("cmd"));
        let status = first.args(["/c", "exit"]).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{first:?}: {status}");
    }

    /// Compiles a program in C, which says that it has passed.
    pub fn compile(&self, source: &str) -> PathBuf {
        let name = Path::new(source).file_stem().unwrap();
        let program = self.folder.join(name).with_extension("exe");
        let mut command = Command::new(COMPILER);
        command.arg("-std=c11").args(WARNINGS).args(["-O2", "-Dmain=program", "-I"]).arg(root().join("include"));
        let tests = root().join("tests");
        command.arg("-I").arg(tests.join("c")).arg("-I").arg(tests.join("windows"));
        command.arg(tests.join(source)).arg(tests.join("windows/passed.c")).arg("-o").arg(&program);
        silent(command.arg(self.folder.join("doorward.dll")).args(["-static", "-lpthread"]));
        program
    }

    /// A program under Wine, with an end.
    pub fn wine(&self, program: &Path) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", SECONDS_MAX, "wine"]);
        self.within(&mut command, program);
        command
    }

    /// One that ends with its input.
    fn wine_alone(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        self.within(&mut command, program);
        command
    }

    fn within(&self, command: &mut Command, program: &Path) {
        command.arg(program).current_dir(&self.folder);
        // Cargo names its own target folder there.
        command.env_remove("LD_LIBRARY_PATH").env("WINEPREFIX", self.tools.join("prefix")).env("WINEDEBUG", "-all");
    }

    /// .NET for Windows, with an assembly.
    pub fn dotnet(&self, assembly: &Path) -> Command {
        let mut command = self.wine(&self.tools.join("dotnet/dotnet.exe"));
        // The assembly finds the library beside it.
        for library in ["doorward.dll", "bcryptprimitives.dll"] {
            fs::copy(self.folder.join(library), assembly.with_file_name(library)).unwrap();
        }
        command.arg(windows_path(assembly));
        command
    }
}

/// What a program under Wine has said, with the ends of lines that are ours.
pub fn told(output: &Output) -> String {
    text(output).replace('\r', "")
}
