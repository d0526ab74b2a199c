// The members that the page reads in `snapq summary --format json` and `snapq diff --format json`. Both have more.

export interface LiveRow {
    key: string;
    label: string;
    op: string | null;
    bytes: number;
    count: number;
}

export interface OomJson {
    moment: string;
    event: number;
    asked_bytes: number | null;
    short_bytes: number | null;
    verdict: string | null;
    label: string | null;
}

export interface DeviceJson {
    device: number;
    kind: string;
    has_trace: boolean;
    complete: boolean;
    event_count: number;
    allocation_count: number;
    peak_requested_bytes: number | null;
    peak_event: number | null;
    peak_site: string | null;
    reserved_at_peak_bytes: number | null;
    peak_reserved_bytes: number | null;
    peak_reserved_event: number | null;
    end_requested_bytes: number | null;
    end_reserved_bytes: number | null;
    unfreed_bytes: number | null;
    growth_bytes: number | null;
    oom_events: number;
    pending_bytes: number | null;
    first_time_us: number | null;
    last_time_us: number | null;
    fragmentation: FragmentationJson | null;
    top: LiveRow[];
    ooms: OomJson[];
    remarks: string[];
    advice: string[];
}

export interface FragmentationJson {
    moment: string;
    estimated: boolean;
    reserved_bytes: number;
    requested_bytes: number;
    rounding_bytes: number;
    cached_bytes: number;
    stranded_bytes: number;
}

export interface CheckJson {
    name: string;
    archive?: string | null;
    rank?: number | null;
    device?: number | null;
    /** Bytes; for `no-oom` a number of errors. Null: not known, for `reason`. */
    value: number | null;
    limit: number | null;
    /** Bytes from which a growth is measured. */
    base?: number | null;
    reason?: string | null;
    ok: boolean;
}

export interface ArchiveJson {
    archive: string;
    rank: number | null;
    labels: Record<string, string>;
    devices: DeviceJson[];
    remarks?: string[];
}

export interface SpreadJson {
    archives: number;
    sum: number;
    min: number;
    median: number;
    max: number;
    mad: number;
}

/** The summary of several archives. */
export interface RanksJson {
    archives: ArchiveJson[];
    totals: { peak_requested_bytes: SpreadJson; peak_reserved_bytes: SpreadJson; end_requested_bytes: SpreadJson; oom_events: number };
    outliers: OutlierJson[];
    rows: RankRowJson[];
    checks: CheckJson[];
}

export interface OutlierJson {
    archive: string;
    rank: number | null;
    device: number;
    figure: string;
    value: number;
    median: number;
    mad: number;
}

export interface RankRowJson extends LiveRow {
    archives: number;
    most_bytes: number;
    most_archive: string;
    most_rank: number | null;
}

export type SummaryJson = (ArchiveJson & { checks: CheckJson[] }) | RanksJson;

export function ofRanks(summary: SummaryJson): summary is RanksJson {
    return "archives" in summary;
}

export interface PairJson {
    base: number | null;
    new: number | null;
    delta: number | null;
}

export interface DiffRowJson {
    key: string;
    label: string;
    op: string | null;
    base_bytes: number;
    new_bytes: number;
    delta_bytes: number;
    base_count: number;
    new_count: number;
    status: string;
    why: string | null;
}

export interface DiffDeviceJson {
    device: number;
    kind: string;
    base_at: { moment: string; event: number } | null;
    new_at: { moment: string; event: number } | null;
    peak_requested_bytes: PairJson;
    peak_reserved_bytes: PairJson;
    end_requested_bytes: PairJson;
    end_reserved_bytes: PairJson;
    allocation_count: PairJson;
    rows: DiffRowJson[];
}

export interface DiffJson {
    base: string;
    new: string;
    by: string;
    devices: DiffDeviceJson[];
    settings: unknown[];
    checks: CheckJson[];
    warnings: string[];
    remarks: string[];
}
