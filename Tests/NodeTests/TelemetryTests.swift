import CoreMetrics
import Foundation
import Logging
import Node
import Synchronization
import Testing

@Suite("Metrics and logs")
struct TelemetryTests {
  @Test("series come out in the Prometheus text format, sorted, each kind once")
  func format() {
    let registry = PrometheusRegistry()
    Counter(label: "floor.blocks", factory: registry).increment(by: 3)
    Counter(label: "floor.blocks", factory: registry).increment()
    Gauge(label: "floor.height", dimensions: [("member", "A\"B\\C\nD")], factory: registry).record(7)
    Meter(label: "floor.age", factory: registry).set(1.5)
    #expect(
      registry.text() == """
        # TYPE floor_age gauge
        floor_age 1.5
        # TYPE floor_blocks_total counter
        floor_blocks_total 4
        # TYPE floor_height gauge
        floor_height{member="A\\"B\\\\C\\nD"} 7

        """)
  }

  @Test("timers and recorders are histograms whose buckets add up")
  func histogram() {
    let registry = PrometheusRegistry()
    let timer = CoreMetrics.Timer(label: "floor.commit", factory: registry)
    timer.recordNanoseconds(150_000)
    timer.recordNanoseconds(3_000_000)
    timer.recordNanoseconds(60_000_000_000)
    let lines = registry.text().split(separator: "\n").map(String.init)
    #expect(lines.first == "# TYPE floor_commit_seconds histogram")
    #expect(lines.contains("floor_commit_seconds_bucket{le=\"0.0001\"} 0"))
    #expect(lines.contains("floor_commit_seconds_bucket{le=\"0.0002\"} 1"))
    #expect(lines.contains("floor_commit_seconds_bucket{le=\"0.005\"} 2"))
    #expect(lines.contains("floor_commit_seconds_bucket{le=\"10\"} 2"))
    #expect(lines.contains("floor_commit_seconds_bucket{le=\"+Inf\"} 3"))
    #expect(lines.contains("floor_commit_seconds_count 3"))
    Recorder(label: "floor.batch", dimensions: [("lane", "a")], factory: registry).record(2)
    #expect(registry.text().contains("floor_batch_bucket{lane=\"a\",le=\"2\"} 1\n"))
    #expect(registry.text().contains("floor_batch_sum{lane=\"a\"} 2\n"))
  }

  @Test("a log line is one line, whatever is in it")
  func lines() throws {
    let written = Mutex<[String]>([])
    let output = LogOutput(format: .text, level: .info) { line in written.withLock { $0.append(line) } }
    output.logger("test").info("two\nlines", metadata: ["b": "with blank", "a": "plain"])
    output.logger("test").debug("not shown")
    let text = written.withLock { $0 }
    #expect(text.count == 1)
    #expect(text.first?.hasSuffix(" INFO two lines a=plain b=\"with blank\"\n") == true)
  }

  @Test("on request it is one JSON object a line, and the level can be changed while it runs")
  func json() throws {
    let written = Mutex<[String]>([])
    let output = LogOutput(format: .json, level: .warning) { line in written.withLock { $0.append(line) } }
    let logger = output.logger("test")
    logger.info("not yet")
    output.setLevel(.debug)
    logger.debug("now \"quoted\"", metadata: ["height": "7"])
    let line = try #require(written.withLock { $0.first })
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    #expect(object["message"] == "now \"quoted\"")
    #expect(object["level"] == "debug")
    #expect(object["height"] == "7")
    #expect(line.filter { $0 == "\n" }.count == 1)
  }
}
