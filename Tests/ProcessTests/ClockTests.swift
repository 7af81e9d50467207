import API
import Client
import Foundation
import Glibc
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// The drills of the runbook that concern one machine's clock: visible everywhere, harmful nowhere.
  @Suite("drills: clock")
  struct ClockDrills {
    @Test("a clock that is off by an hour", arguments: [Int64(3_600_000), -3_600_000])
    func offByAnHour(_ offset: Int64) async throws {
      try await ClockDrill.run { drill in
        try drill.set(clock: offset)
        try await drill.start()
        let alarm = try await drill.alarm(containing: offset > 0 ? "ahead of" : "behind")
        #expect(alarm.contains("60 min") || alarm.contains("59 min"), "\(alarm)")
        try await drill.isVisible("CLOCK_WRONG")
        try drill.set(clock: 0)
        try await drill.noAlarm()
      }
    }

    @Test("a clock that jumps back by an hour while the node runs")
    func jumpsBack() async throws {
      try await ClockDrill.run { drill in
        try drill.set(clock: 0)
        try await drill.start()
        try await Task.sleep(for: .milliseconds(800))
        try drill.set(clock: -3_600_000)
        _ = try await drill.alarm(containing: "behind")
        try await drill.isVisible("CLOCK_JUMPED")
        try drill.set(clock: 0)
        try await drill.noAlarm()
      }
    }
  }
}

/// Four members under load, of which one has a clock that the drill sets.
struct ClockDrill {
  let real: RealNetwork
  let place: NetworkFile.Place

  private var clockFile: String { real.network.folder(place) + "/clock" }

  static func run(_ body: (ClockDrill) async throws -> Void) async throws {
    try await RealNetwork.with { real in
      let drill = ClockDrill(real: real, place: real.places[2])
      try real.start(real.places.filter { $0 != drill.place })
      let load = try await Load(real)
      try await body(drill)
      let acknowledged = await load.end()
      #expect(acknowledged.count > 5, "the load hardly got through")
      _ = try await real.agreement(height: acknowledged.values.max() ?? 0, within: 60)
      for place in real.places { #expect(try await real.network.stop(place)) }
      for place in real.places {
        let journal = try Journal(folder: real.network.folder(place) + "/data")
        #expect(Journal.contradictions(Set(journal.votes)) == [], "\(place.member) contradicted itself")
        let lost = acknowledged.filter { journal.committed[$0.key]?.height != Int64($0.value) }
        #expect(lost.isEmpty, "\(place.member) lacks what was acknowledged")
      }
    }
  }

  /// Sets the clock of the drill's node so many milliseconds off, now or from its start on.
  func set(clock offset: Int64) throws {
    try String(offset).write(toFile: clockFile, atomically: true, encoding: .utf8)
  }

  /// Starts the node, by the build for tests whose clock can be set.
  func start() async throws {
    let words = [
      RealNetwork.product("floord-byzantine"), "--config", real.network.configuration(place), "--clock-file", clockFile,
    ]
    try real.network.start(place, words: words)
    try await RealNetwork.eventually(within: 30, "the node's first answer") { try await status() }
  }

  private func status() async throws -> StatusReport {
    let client = try real.network.client(place)
    let report = try await client.status()
    await client.close()
    return report
  }

  func alarm(containing word: String) async throws -> String {
    try await RealNetwork.eventually(within: 30, "an alarm that says \(word)") {
      let alarm = try await status().clockAlarm
      return alarm.flatMap { $0.contains(word) ? $0 : nil }
    }
  }

  /// The clock is right again: what is left is at most the news that it jumped.
  func noAlarm() async throws {
    try await RealNetwork.eventually(within: 30, "the end of the alarm") {
      let alarm = try await status().clockAlarm
      return alarm?.contains("set it right") ?? false ? nil : true
    }
    try await RealNetwork.eventually(within: 10, "the end of the alarm in the metrics") {
      try await metrics().contains("pricefloor_clock_alarm 0") ? true : nil
    }
  }

  /// The alarm is in the log with its code, in the metrics, and in what floorctl shows.
  func isVisible(_ code: String) async throws {
    let log = try String(contentsOfFile: real.network.log(place), encoding: .utf8)
    #expect(log.contains(code), "\(log.suffix(1_000))")
    #expect(try await metrics().contains("pricefloor_clock_alarm 1"))
    let shown = try await Command.run(
      RealNetwork.product("floorctl"), ["status", "--as", real.network.folder(place)])
    #expect(shown.status == 0 && shown.output.contains("clock      this machine's clock"), "\(shown.output)")
  }

  private func metrics() async throws -> String {
    let client = try real.network.client(place)
    let text = try await client.metrics()
    await client.close()
    return text
  }
}
