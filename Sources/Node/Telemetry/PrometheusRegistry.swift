import CoreMetrics
import Synchronization

/// A metrics backend that answers in the Prometheus text format 0.0.4.
///
/// Counters and gauges are one number a series, timers and recorders histograms. Making the same series twice gives the same one.
package final class PrometheusRegistry: MetricsFactory {
  private struct SeriesName: Hashable, Comparable {
    let name: String
    let labels: String

    static func < (left: SeriesName, right: SeriesName) -> Bool {
      (left.name, left.labels) < (right.name, right.labels)
    }
  }

  private enum Kind: String {
    case counter
    case gauge
    case histogram
  }

  private struct Series {
    let kind: Kind
    let cell: any MetricCell
  }

  private let series = Mutex<[SeriesName: Series]>([:])

  package init() {}

  /// All series, sorted by name, as text.
  package func text() -> String {
    let series = series.withLock { $0 }
    var (output, named) = ("", "")
    for (name, entry) in series.sorted(by: { $0.key < $1.key }) {
      if name.name != named {
        output += "# TYPE \(name.name) \(entry.kind.rawValue)\n"
        named = name.name
      }
      output += entry.cell.lines(name: name.name, labels: name.labels)
    }
    return output
  }

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    cell(label + "_total", dimensions, .counter) { NumberCell() }
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    cell(label + "_total", dimensions, .counter) { NumberCell() }
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    cell(label, dimensions, .gauge) { NumberCell() }
  }

  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    // A gauge is a recorder that does not aggregate.
    guard aggregate else { return cell(label, dimensions, .gauge) { NumberCell() } }
    return cell(label, dimensions, .histogram) { HistogramCell(bounds: HistogramCell.sizes) }
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    cell(label + "_seconds", dimensions, .histogram) { HistogramCell(bounds: HistogramCell.seconds) }
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  private func cell<Cell: MetricCell>(
    _ label: String, _ dimensions: [(String, String)], _ kind: Kind, _ make: () -> Cell
  ) -> Cell {
    let name = SeriesName(name: Self.plain(label), labels: Self.labels(dimensions))
    return series.withLock { series in
      if let known = series[name]?.cell as? Cell { return known }
      let made = make()
      series[name] = Series(kind: kind, cell: made)
      return made
    }
  }

  /// Names consist of letters, digits and underscores.
  private static func plain(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func labels(_ dimensions: [(String, String)]) -> String {
    guard !dimensions.isEmpty else { return "" }
    let pairs = dimensions.sorted { $0.0 < $1.0 }.map { "\(plain($0.0))=\"\(escaped($0.1))\"" }
    return pairs.joined(separator: ",")
  }

  private static func escaped(_ value: String) -> String {
    String(
      value.flatMap { character -> [Character] in
        switch character {
        case "\\": ["\\", "\\"]
        case "\"": ["\\", "\""]
        case "\n": ["\\", "n"]
        default: [character]
        }
      })
  }
}

/// One series' state.
private protocol MetricCell: AnyObject, Sendable {
  func lines(name: String, labels: String) -> String
}

/// A counter or a gauge.
private final class NumberCell: MetricCell, CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
  private let value = Mutex<Double>(0)

  func lines(name: String, labels: String) -> String {
    let series = labels.isEmpty ? name : "\(name){\(labels)}"
    return "\(series) \(MetricNumber.text(value.withLock { $0 }))\n"
  }

  func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func reset() { value.withLock { $0 = 0 } }
  func set(_ value: Int64) { self.value.withLock { $0 = Double(value) } }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }
}

/// A distribution in fixed buckets.
private final class HistogramCell: MetricCell, RecorderHandler, TimerHandler {
  private struct Counts {
    var buckets: [UInt64]
    var sum = 0.0
    var count: UInt64 = 0
  }

  static let seconds = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  ]
  static let sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000].map(
    Double.init)

  private let bounds: [Double]
  private let counts: Mutex<Counts>

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count)))
  }

  func lines(name: String, labels: String) -> String {
    let counts = counts.withLock { $0 }
    let separator = labels.isEmpty ? "" : ","
    var (output, below) = ("", UInt64(0))
    for (bound, count) in zip(bounds, counts.buckets) {
      below += count
      output += "\(name)_bucket{\(labels)\(separator)le=\"\(MetricNumber.text(bound))\"} \(below)\n"
    }
    output += "\(name)_bucket{\(labels)\(separator)le=\"+Inf\"} \(counts.count)\n"
    let suffix = labels.isEmpty ? "" : "{\(labels)}"
    output += "\(name)_sum\(suffix) \(MetricNumber.text(counts.sum))\n"
    return output + "\(name)_count\(suffix) \(counts.count)\n"
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 }
    counts.withLock { counts in
      if let bucket { counts.buckets[bucket] += 1 }
      counts.sum += value
      counts.count += 1
    }
  }
}

private enum MetricNumber {
  /// Whole numbers without a fraction: the format takes both, people read this one.
  static func text(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return String(whole) }
    return String(value)
  }
}
