//! The crate jsonschema, measured for schema_bench.py.
//!
//! usage: junctor-lang-peer SECONDS < CASES
//!
//! A case is a line of JSON with "name", "schema" and "instance"; for each one line is printed: {"name": ...,
//! "valid": ..., "validate_ns": ..., "compile_ns": ...}, both at best of several rounds, of a value that is parsed
//! already.

use serde_json::{json, Value};
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;

const ROUNDS: u32 = 30;

/// What others do on the machine only ever adds: the best round counts.
fn nanoseconds(seconds: f64, mut work: impl FnMut()) -> f64 {
    let (mut times, mut round, mut best) = (1u64, 0, f64::MAX);
    while round < ROUNDS {
        let start = Instant::now();
        for _ in 0..times {
            work();
        }
        let took = start.elapsed().as_secs_f64();
        // Too short a round says more of the clock than of the work.
        if took < seconds / f64::from(ROUNDS) {
            times *= 2;
            continue;
        }
        best = best.min(took * 1e9 / times as f64);
        round += 1;
    }
    best
}

fn main() {
    let seconds: f64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("usage: SECONDS < CASES");
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line.expect("text")).expect("a case");
        let (schema, instance) = (&case["schema"], &case["instance"]);
        let validator = jsonschema::validator_for(schema).expect("a schema");
        let validate_ns = nanoseconds(seconds, || {
            black_box(validator.is_valid(black_box(instance)));
        });
        let compile_ns = nanoseconds(seconds, || {
            black_box(jsonschema::validator_for(black_box(schema)).is_ok());
        });
        let valid = validator.is_valid(instance);
        let name = &case["name"];
        let answer = json!({"name": name, "valid": valid, "validate_ns": validate_ns, "compile_ns": compile_ns});
        println!("{answer}");
    }
}
