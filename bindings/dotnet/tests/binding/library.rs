//! Where the native library is looked for, and what is said where it is missing, of another version, or made for another
//! kind of machine: on CoreCLR 8 and 9 and on Mono.

use doorward_dotnet::Runtime;
use doorward_testkit::c;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const RUNTIMES: [Runtime; 3] = [Runtime::CoreClr8, Runtime::CoreClr9, Runtime::Mono];

/// The bytes of an ELF file that say for which machine it is.
const MACHINE: std::ops::Range<usize> = 18..20;

fn library() -> PathBuf {
    c::libraries().release.join("libdoorward.so")
}

/// A program that opens a configuration, in a folder of its own without a library, and is told of none.
fn opening(runtime: Runtime, name: &str) -> Option<(Command, PathBuf)> {
    let built = doorward_dotnet::tests(runtime)?;
    let assembly =
        built.get_args().map(Path::new).find(|path| path.extension().is_some_and(|end| end == "dll")).unwrap();
    let folder = c::scratch().join("library").join(format!("{runtime:?}-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(assembly.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut program = doorward_dotnet::program(runtime, &folder.join("Doorward.Tests.dll"), &folder);
    program.env_remove("DOORWARD_LIBRARY").env_remove("LD_LIBRARY_PATH");
    program.arg("open").arg(c::world().join("config.json"));
    Some((program, folder))
}

/// What is said of a library that does not serve.
fn refused(program: &mut Command) -> String {
    let output = c::run(program);
    let text = c::text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("DoorwardLibraryException: "), "{text}");
    text
}

fn opens(program: &mut Command) {
    assert_eq!(doorward_dotnet::said(program), "opened\n");
}

fn says(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
}

#[test]
fn it_is_found_beside_the_assembly_and_below_runtimes_and_where_the_variable_says() {
    for runtime in RUNTIMES {
        let Some((mut program, folder)) = opening(runtime, "beside") else { return };
        fs::copy(library(), folder.join("libdoorward.so")).unwrap();
        opens(&mut program);

        let (mut program, folder) = opening(runtime, "runtimes").unwrap();
        let native = folder.join("runtimes/linux-x64/native");
        fs::create_dir_all(&native).unwrap();
        fs::copy(library(), native.join("libdoorward.so")).unwrap();
        opens(&mut program);

        let (mut program, _) = opening(runtime, "variable").unwrap();
        opens(program.env("DOORWARD_LIBRARY", library()));

        let (mut program, _) = opening(runtime, "system").unwrap();
        opens(program.env("LD_LIBRARY_PATH", &c::libraries().release));
    }
}

#[test]
fn a_missing_library_is_told_with_where_it_was_looked_for() {
    for runtime in RUNTIMES {
        let Some((mut program, folder)) = opening(runtime, "missing") else { return };
        let text = refused(&mut program);
        let beside = folder.join("libdoorward.so").display().to_string();
        let below = folder.join("runtimes/linux-x64/native/libdoorward.so").display().to_string();
        says(&text, &["for linux-x64 was not found", &beside, &below, "or name its file in DOORWARD_LIBRARY"]);

        let text = refused(program.env("DOORWARD_LIBRARY", folder.join("nothing.so")));
        says(&text, &["DOORWARD_LIBRARY names", "nothing.so, and there is no such file"]);
    }
}

/// A library that has only this much of the interface.
fn made(name: &str, source: &str) -> PathBuf {
    let folder = c::scratch().join("library");
    fs::create_dir_all(&folder).unwrap();
    let (file, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    fs::write(&file, source).unwrap();
    c::silent(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&file));
    library
}

#[test]
fn another_version_is_told_with_both_numbers() {
    let other = made("other", "unsigned doorward_abi_version(void) { return 7; }\n");
    let foreign = made("foreign", "int something_else(void) { return 7; }\n");
    for runtime in RUNTIMES {
        let Some((mut program, _)) = opening(runtime, "version") else { return };
        let text = refused(program.env("DOORWARD_LIBRARY", &other));
        says(&text, &["other.so has version 7 of the interface, and Doorward.dll needs version 1", "the same release"]);
        let text = refused(program.env("DOORWARD_LIBRARY", &foreign));
        says(&text, &["foreign.so is not the native library of Doorward"]);
    }
}

#[test]
fn a_library_for_another_machine_is_told() {
    let bytes = fs::read(library()).unwrap();
    let rows: [(&str, [u8; 2], &str); 3] = [
        ("arm64.so", [183, 0], "is for linux-arm64"),
        ("x86.so", [3, 0], "is for linux-x86"),
        ("other.so", [8, 0], "is for ELF machine 8"),
    ];
    let mut files: Vec<(String, Vec<u8>, &str)> = vec![
        ("text.so".to_owned(), b"not a library".to_vec(), "is no library: install the one for linux-x64"),
        ("empty.so".to_owned(), Vec::new(), "is no library"),
        ("windows.dll".to_owned(), windows_library(), "is for win-x64, and this process is linux-x64"),
    ];
    for (name, machine, words) in rows {
        let mut other = bytes.clone();
        other[MACHINE].copy_from_slice(&machine);
        files.push((name.to_owned(), other, words));
    }
    for runtime in RUNTIMES {
        for (name, bytes, words) in &files {
            let Some((mut program, folder)) = opening(runtime, "machine") else { return };
            let file = folder.join(name);
            fs::write(&file, bytes).unwrap();
            let text = refused(program.env("DOORWARD_LIBRARY", &file));
            says(&text, &[name, words]);
        }
    }
}

/// The head of a library for Windows on x64.
fn windows_library() -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 128;
    bytes[128..134].copy_from_slice(b"PE\0\0\x64\x86");
    bytes
}
