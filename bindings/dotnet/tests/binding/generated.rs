//! What of the binding says the same as the library: the codes, and the functions of the header.

use doorward::Code;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Set to write the file instead of comparing it.
const UPDATE: &str = "DOORWARD_UPDATE_STATUS";

fn at(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(at(file)).unwrap()
}

fn status() -> String {
    let mut text =
        "// Made from src/code.rs by a test: DOORWARD_UPDATE_STATUS=1 cargo test -p doorward-dotnet --test binding generated\n\
        namespace Doorward;\n\n\
        /// <summary>Every status code. docs/errors.md tells what to do about each.</summary>\n\
        public enum Status : uint {\n"
            .to_owned();
    for code in Code::ALL {
        let explanation = code.explanation().replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(text, "    /// <summary>{explanation}</summary>\n    {} = {},", code.name(), code.number());
    }
    text + "}\n"
}

#[test]
fn the_codes_are_fresh() {
    let (file, made) = ("Doorward/Status.cs", status());
    if std::env::var_os(UPDATE).is_some() {
        fs::write(at(file), &made).unwrap();
    }
    assert!(read(file) == made, "{file} is out of date: run the test with {UPDATE}=1");
}

/// How a type of the header is written in C#.
fn type_of(c: &str) -> String {
    let c = c.trim().replace("const ", "").replace("struct ", "");
    let (base, pointers) = (c.trim_end_matches('*').trim(), c.matches('*').count());
    let base = match base {
        "size_t" => "nuint",
        "uint8_t" | "char" => "byte",
        "uint32_t" => "uint",
        "uint64_t" => "ulong",
        "int64_t" => "long",
        "doorward_status" => "Status",
        "doorward_str" => "NativeText",
        "doorward_request" => "NativeRequest",
        // Neither is looked into.
        "doorward_verifier" | "doorward_verdict" | "void" if pointers > 0 => {
            return format!("IntPtr{}", "*".repeat(pointers - 1));
        }
        "doorward_log_function" => "IntPtr",
        "void" => "void",
        other => panic!("the header has a type that is not known here: {other}"),
    };
    format!("{base}{}", "*".repeat(pointers))
}

/// A parameter's type, and its name.
fn parameter(text: &str) -> (&str, &str) {
    let text = text.trim();
    let name = text.rfind(|character: char| !character.is_alphanumeric() && character != '_').unwrap() + 1;
    (text[..name].trim(), &text[name..])
}

/// The words before a parenthesis, as result and name, and the parameters.
fn signature(text: &str, convert: impl Fn(&str) -> String) -> (String, String) {
    let (head, parameters) = text.split_once('(').unwrap();
    let (result, name) = parameter(head);
    let parameters: Vec<_> = parameters.split(',').filter(|text| !matches!(text.trim(), "" | "void")).collect();
    let parameters: Vec<_> = parameters
        .into_iter()
        .map(|text| {
            let (kind, name) = parameter(text);
            format!("{} {name}", convert(kind))
        })
        .collect();
    (name.to_owned(), format!("{} ({})", convert(result), parameters.join(", ")))
}

fn header() -> BTreeMap<String, String> {
    let text = read("../c/include/doorward.h");
    let text = text.split_once("extern \"C\" {").unwrap().1;
    let text: String =
        text.lines().filter(|line| !line.starts_with([' ', '/', '#']) || line.starts_with("      ")).collect();
    let text = text.replace("DOORWARD_MUST_CHECK", "");
    let declarations = text.split(';').filter_map(|text| text.trim().split_once(')'));
    declarations.map(|(text, _)| signature(text, type_of)).collect()
}

fn methods() -> BTreeMap<String, String> {
    let text = read("Doorward/NativeMethods.cs");
    let declarations = text.split("internal static extern ").skip(1);
    let declarations = declarations.map(|text| text.split_once(");").unwrap().0.replace('@', ""));
    declarations.map(|text| signature(&text.replace('\n', " "), |kind| kind.trim().to_owned())).collect()
}

#[test]
fn every_function_of_the_header_is_declared_alike() {
    let (header, methods) = (header(), methods());
    assert!(header.len() > 45, "{} functions were found in the header", header.len());
    assert_eq!(methods, header);
}

#[test]
fn every_field_of_a_request_is_declared_alike() {
    let header = read("../c/include/doorward.h");
    let header = header.split_once("struct doorward_request {").unwrap().1.split_once("};").unwrap().0;
    let code = header.lines().map(str::trim).filter(|line| line.ends_with(';'));
    let fields: Vec<_> = code.map(|line| parameter(line.trim_end_matches(';'))).collect();
    let fields: Vec<_> = fields.into_iter().map(|(kind, name)| format!("{} {name}", type_of(kind))).collect();
    let methods = read("Doorward/NativeMethods.cs");
    let methods = methods.split_once("struct NativeRequest {").unwrap().1.split_once('}').unwrap().0;
    let declared = methods.lines().filter_map(|line| line.trim().strip_prefix("internal ")?.strip_suffix(';'));
    assert_eq!(declared.map(str::to_owned).collect::<Vec<_>>(), fields);
}

/// A number of the binding that the header has, or the library's limits.
fn constants(text: &str, before: &str, between: &str) -> BTreeMap<String, u64> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(before)?.split_once(between));
    let number = |text: &str| text.split([';', ' ']).next()?.parse().ok();
    lines.filter_map(|(name, value)| Some((name.to_owned(), number(value)?))).collect()
}

#[test]
fn every_number_is_that_of_the_header() {
    let header = constants(&read("../c/include/doorward.h"), "#define ", " ");
    let methods = read("Doorward/NativeMethods.cs");
    let mut declared = constants(&methods, "internal const uint ", " = ");
    declared.extend(constants(&methods, "internal const int ", " = "));
    assert!(header.len() >= 7, "{header:?}");
    assert_eq!(declared, header);
}

/// What the binding cuts a text at has to be what the library refuses.
#[test]
fn texts_are_cut_where_the_library_refuses_them() {
    let buffer = constants(&read("Doorward/TextBuffer.cs"), "const int ", " = ");
    let limits = read("../../src/limits.rs");
    let limit = |name: &str| {
        let product = limits.split_once(&format!("pub const {name}: usize = ")).unwrap().1.split_once(';').unwrap().0;
        product.split(" * ").map(|number| number.parse::<u64>().unwrap()).product::<u64>()
    };
    assert_eq!(buffer["ApiMax"], limit("CONFIGURATION_TEXT_BYTES"));
    assert_eq!(buffer["PathMax"], limit("PATH_BYTES"));
}

fn cargo_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[test]
fn the_versions_are_that_of_the_library() {
    for file in ["Directory.Build.props", "../../examples/dotnet/Directory.Build.props"] {
        assert!(read(file).contains(&format!("<Version>{}</Version>", cargo_version())), "{file}");
    }
}

/// Each file of the package that is in the project is there, and each native library goes where the assembly looks for it.
#[test]
fn the_package_holds_what_is_looked_for() {
    let nuspec = read("Doorward/Doorward.nuspec");
    let attribute = |line: &str, name: &str| {
        line.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    let files: Vec<_> = nuspec.lines().filter(|line| line.contains("<file ")).collect();
    assert_eq!(files.len(), 9, "{files:?}");
    let mut natives = Vec::new();
    for line in files {
        let (source, target) = (attribute(line, "src"), attribute(line, "target"));
        if source.starts_with("runtimes/") {
            assert_eq!(source, target);
            natives.push(target);
        } else if !source.starts_with("bin/") {
            assert!(at("Doorward").join(&source).is_file(), "{source}");
        }
    }
    assert_eq!(
        natives,
        [
            "runtimes/win-x64/native/libdoorward.dll",
            "runtimes/linux-x64/native/libdoorward.so",
            "runtimes/linux-arm64/native/libdoorward.so",
        ]
    );
    let targets = read("Doorward/buildTransitive/Doorward.targets");
    assert!(natives.iter().any(|native| targets.contains(&format!("../../{native}\""))), "{targets}");
}

/// In a copy, for it writes where the packages are made of.
#[test]
fn the_pack_step_says_what_is_missing() {
    let folder = doorward_testkit::scratch().join("pack");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(at("pack"), folder.join("pack")).unwrap();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(folder.join("pack")).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (done, said) = run(&[]);
    assert!(!done && said.contains("no native library was added for"), "{said}");
    assert!(["win-x64", "linux-x64", "linux-arm64"].iter().all(|rid| said.contains(rid)), "{said}");
    let library = folder.join("library");
    fs::write(&library, "library").unwrap();
    let library = library.to_str().unwrap();
    assert_eq!(run(&["add", "win-x64", library]), (true, String::new()));
    assert_eq!(run(&["add", "linux-x64", library]), (true, String::new()));
    assert_eq!(run(&[]), (false, "pack: no native library was added for linux-arm64\n".to_owned()));
    assert!(!run(&["add", "linux-arm", library]).0);
    assert!(!run(&["add", "linux-x64", "nothing"]).0);
}
