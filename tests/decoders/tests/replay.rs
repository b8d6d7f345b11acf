//! Every input that was ever worth keeping, through every target.

use std::path::Path;

use huiliu_decoders::TARGETS;

#[test]
fn every_kept_input_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in TARGETS {
        let inputs: Vec<_> = std::fs::read_dir(corpus.join(name)).unwrap().flatten().collect();
        assert!(inputs.len() >= 5, "{name}: the corpus is missing");
        for input in inputs {
            target(&std::fs::read(input.path()).unwrap());
        }
    }
}

#[test]
fn every_kept_input_is_harmless_to_the_other_targets() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, _) in TARGETS {
        for input in std::fs::read_dir(corpus.join(name)).unwrap().flatten() {
            let bytes = std::fs::read(input.path()).unwrap();
            for (other, target) in TARGETS {
                if other != "settings" {
                    target(&bytes);
                }
            }
        }
    }
}
