//! The page `docs/errors.md`, made from the table of codes.

use doorward::{Block, Code};
use std::fmt::Write;

const HEAD: &str = "\
# Status codes

Every answer has one code, stable for ever: a number, and a name that is the same in every language.
Only `Ok` lets a request in. The number says who has to act: look at its first two digits.

- *HTTP* is the status to send, *error* the `error` of the challenge `WWW-Authenticate: Bearer` (RFC 6750 section 3.1).
- *Message* is what a client may be told. It never holds anything of the request.
- `doorward explain` tells for a token at hand what was expected, what was found, and what to do.
- Reserved, and not returned yet: 1001 to 1004, 3102 to 3104, 51xx, 6003 and 9001.

<!-- Made from src/code.rs by `doorward codes --markdown > docs/errors.md`; a test compares. -->
";

/// The page.
pub(crate) fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for block in Block::ALL {
        let codes: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.block() == block).collect();
        page.push_str(&section(block, &codes));
    }
    page
}

fn section(block: Block, codes: &[Code]) -> String {
    let mut text = format!("\n## {}: {}\n\n", range(codes), block.who());
    text.push_str("| number | name | HTTP | error | meaning | message |\n|---|---|---|---|---|---|\n");
    for code in codes {
        let http = code.http().map_or("-".to_owned(), |status| status.to_string());
        let error = code.bearer_error().map_or("-".to_owned(), |error| format!("`{}`", error.name()));
        // Writing into a String does not fail.
        let _ = writeln!(
            text,
            "| {} | `{}` | {http} | {error} | {} | {} |",
            code.number(),
            code.name(),
            code.explanation(),
            code.message(),
        );
    }
    text
}

/// The numbers of a block, as people say them: `0 and 1`, `30xx`.
pub(crate) fn range(codes: &[Code]) -> String {
    match codes.first().map_or(0, |code| code.number() / 100) {
        0 => "0 and 1".to_owned(),
        hundreds => format!("{hundreds}xx"),
    }
}
