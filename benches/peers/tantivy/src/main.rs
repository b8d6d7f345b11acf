//! The tantivy peer: BM25 over character bigrams, in memory, one segment.
//!
//! `peer-tantivy FOLDER SECONDS wand|union` indexes `corpus.jsonl`, answers the queries of
//! both sets one at a time and prints one JSON object with the raw results:
//! for every query answered `[milliseconds, original found]`. The statistics
//! are made by `measure.py`, so that they are the same for every peer.
//!
//! `wand` is what `TopDocs` does by itself: block-max WAND, which skips documents
//! that cannot get among the best. With the hundreds of terms of such a query its
//! bookkeeping costs far more than it saves, so there is `union` as well: the
//! same query and scores, but every matching document is scored.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::query::BooleanQuery;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{NgramTokenizer, TextAnalyzer};
use tantivy::{DocId, Index, IndexSettings, Score, Searcher, SegmentReader, Term, doc};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const TOP: usize = 10;
const AT_LEAST: usize = 5;
const WRITER_BYTES: usize = 1 << 30;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(seconds), Some(mode)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: peer-tantivy FOLDER SECONDS wand|union".into());
    };
    let wand = match mode.as_str() {
        "wand" => true,
        "union" => false,
        _ => return Err("the mode is wand or union".into()),
    };
    let folder = Path::new(&folder);
    let seconds: f64 = seconds.parse()?;
    let corpus = read(&folder.join("corpus.jsonl"))?;

    let start = Instant::now();
    let (index, directory, field) = build(&corpus)?;
    let build_s = start.elapsed().as_secs_f64();
    let searcher = index.reader()?.searcher();
    if searcher.segment_readers().len() != 1 {
        return Err("the index is not one segment".into());
    }
    let mut peer = Peer { analyzer: index.tokenizer_for_field(field)?, searcher, field, wand };

    let mut sets = serde_json::Map::new();
    for set in ["mild", "hard"] {
        let queries = read(&folder.join(format!("queries-{set}.jsonl")))?;
        peer.search(&corpus[0].1)?; // warm-up, not counted
        let mut raw = Vec::new();
        let begin = Instant::now();
        for (id, text) in &queries {
            if raw.len() >= AT_LEAST && begin.elapsed().as_secs_f64() >= seconds {
                break;
            }
            let start = Instant::now();
            let found = peer.search(text)?;
            let ms = start.elapsed().as_secs_f64() * 1e3;
            raw.push(json!([ms, found.contains(id)]));
        }
        sets.insert(set.to_owned(), Value::Array(raw));
    }

    let v = tantivy::version_string();
    let version = v.trim_start_matches("tantivy v").split(',').next();
    let bytes = directory.total_mem_usage();
    println!("{}", json!({"version": version, "build_s": build_s, "bytes": bytes, "sets": sets}));
    Ok(())
}

fn read(path: &Path) -> Result<Vec<(u64, String)>> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    BufReader::new(file)
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(&line?)?;
            let id = row["id"].as_u64().ok_or("a line without id")?;
            Ok((id, row["text"].as_str().ok_or("a line without text")?.to_owned()))
        })
        .collect()
}

fn build(corpus: &[(u64, String)]) -> Result<(Index, RamDirectory, Field)> {
    // Frequencies for BM25, but no positions and no stored text: neither is needed.
    let indexing = TextFieldIndexing::default().set_tokenizer("bigram").set_index_option(IndexRecordOption::WithFreqs);
    let mut schema = Schema::builder();
    let id = schema.add_u64_field("id", FAST);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));

    let directory = RamDirectory::create();
    let index = Index::create(directory.clone(), schema.build(), IndexSettings::default())?;
    let bigrams = TextAnalyzer::builder(NgramTokenizer::new(2, 2, false)?).build();
    index.tokenizers().register("bigram", bigrams);

    let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for (n, body) in corpus {
        writer.add_document(doc!(id => *n, text => body.as_str()))?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
        writer.garbage_collect_files().wait()?;
    }
    writer.wait_merging_threads()?;
    Ok((index, directory, text))
}

struct Peer {
    analyzer: TextAnalyzer,
    searcher: Searcher,
    field: Field,
    wand: bool,
}

impl Peer {
    /// The ids of the best texts: an OR of the distinct bigrams of `text`.
    fn search(&mut self, text: &str) -> Result<Vec<u64>> {
        let mut bigrams = BTreeSet::new();
        self.analyzer.token_stream(text).process(&mut |token| {
            bigrams.insert(token.text.clone());
        });
        let terms = bigrams.iter().map(|b| Term::from_field_text(self.field, b)).collect();
        let query = BooleanQuery::new_multiterms_query(terms);
        let top = TopDocs::with_limit(TOP);
        let best = if self.wand {
            self.searcher.search(&query, &top.order_by_score())?
        } else {
            // A tweak that changes nothing, but before which nothing can be skipped.
            self.searcher.search(&query, &top.tweak_score(|_: &SegmentReader| |_: DocId, score: Score| score))?
        };
        let ids = self.searcher.segment_reader(0).fast_fields().u64("id")?;
        Ok(best.into_iter().filter_map(|(_, at)| ids.first(at.doc_id)).collect())
    }
}
