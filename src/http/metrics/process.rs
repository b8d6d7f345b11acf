//! What every program tells of its process, under the names that dashboards know.

use std::sync::atomic::AtomicU64;

use procfs::WithCurrentSystemInfo as _;
use procfs::process::{LimitValue, Process};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::page::number;

/// Adds what is known of this process; what the machine does not tell is left out.
pub(super) fn add(registry: &mut Registry, started: f64) {
    let Ok(process) = Process::myself() else { return };
    let mut gauge = |name: &str, help: &str, value: f64| {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    if let Ok(open) = process.fd_count() {
        gauge("process_open_fds", "Open file descriptors", number(u64::try_from(open).unwrap_or(u64::MAX)));
    }
    if let Ok(limits) = process.limits()
        && let LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        gauge("process_max_fds", "Most open file descriptors", number(most));
    }
    let Ok(stat) = process.stat() else { return };
    let ticks = number(procfs::ticks_per_second());
    gauge("process_resident_memory_bytes", "Memory that is resident", number(stat.rss_bytes().get()));
    gauge("process_virtual_memory_bytes", "Memory that is mapped", number(stat.vsize));
    gauge("process_threads", "Threads", number(u64::try_from(stat.num_threads).unwrap_or(0)));
    // Not by the time of the last boot: a hardened unit shows a process nothing but processes.
    gauge("process_start_time_seconds", "When the gateway was started, in seconds since 1970", started);
    let cpu = number(stat.utime + stat.stime) / ticks;
    registry.register(
        "process_cpu_seconds",
        "Time of processors, of the user and of the system",
        ConstCounter::new(cpu),
    );
}
