#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| huiliu_decoders::values(bytes));
