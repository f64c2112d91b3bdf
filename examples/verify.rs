//! Verifies the `Authorization` value that it reads from standard input.
use doorward::{Config, Decision, Request, Verifier};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let verifier = Verifier::open(&Config::from_file("examples/doorward.json")?)?;
    let header = std::io::read_to_string(std::io::stdin())?;
    // This is done for each request, on any thread. It never blocks.
    let verdict = verifier.verify(&Request::new("workflow-rest").authorization(header.trim().as_bytes()));
    match verdict.decision() {
        Decision::Accepted(identity) => println!("200, it is {}", identity.qualified_name()),
        Decision::Denied(denial) => println!("{}, WWW-Authenticate: {}", denial.http(), denial.challenge()),
        Decision::Pending => println!("503"),
    }
    Ok(())
}
