import API
import Client
import Foundation
import Glibc
import Membership
import Testing
import Testnet

/// A network of real floord processes in a folder of its own. Whatever happens in `body`, every process that was started is ended, by
/// its number, and the folder is removed.
struct RealNetwork: Sendable {
  let network: TestNetwork
  let program: String

  static let four = ["AUS", "EUN", "JPN", "USA"].compactMap { MemberID($0) }

  static func with(
    members: [MemberID] = four, parameters: [String: Int64] = [:], _ body: (RealNetwork) async throws -> Void
  ) async throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let real = try RealNetwork(members: members, parameters: parameters, directory: directory + "/net")
    do { try await body(real) } catch {
      await real.endAll()
      Issue.record("\(real.lastWords)")
      throw error
    }
    await real.endAll()
  }

  init(members: [MemberID], parameters: [String: Int64], directory: String) throws {
    var content = ContentFile.minimal(members: members)
    content.parameters = parameters
    let draft = NetworkDraft(
      members: members, content: content, contentPath: "the test's content", pace: .demo,
      desk: DeskSetup(policy: .auto, conciliation: .hold, evidence: []))
    network = try draft.create(at: directory)
    program = try TestNetwork.program(named: Self.product("floord"))
  }

  /// A product of this build: it lies beside the test's own program.
  static func product(_ name: String) -> String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).deletingLastPathComponent().path + "/" + name
  }

  static func temporaryDirectory() -> String {
    let path = NSTemporaryDirectory() + "/pricefloor-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  var places: [NetworkFile.Place] { network.file.members }

  func start(_ places: [NetworkFile.Place]? = nil) throws {
    for place in places ?? self.places { try network.start(place, program: program) }
  }

  func startAll() async throws {
    try start()
    try await network.awaitReady(places, within: 60)
  }

  private func endAll() async {
    for place in places { network.process(place)?.signal(SIGKILL) }
    for place in places { _ = await network.process(place)?.ended(within: 5) }
  }

  /// The ends of the logs, for a failure.
  private var lastWords: String {
    places.map { "\($0.member):\n\(LogTail.read(network.log($0)))" }.joined(separator: "\n")
  }

  /// Asks again until the answer is there; the last error, or nil, where it is not in time.
  @discardableResult
  static func eventually<Answer: Sendable>(
    within seconds: Int, _ what: String, _ ask: () async throws -> Answer?
  ) async throws -> Answer {
    let limit = ContinuousClock.now + .seconds(seconds)
    while true {
      if let answer = try? await ask() { return answer }
      try #require(ContinuousClock.now < limit, "\(what) did not come about within \(seconds) s")
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Waits until all given members have finalised the same block, of at least that height; answers its state root.
  func agreement(of places: [NetworkFile.Place]? = nil, height: UInt64 = 0, within seconds: Int) async throws -> String
  {
    try await Self.agreement(network, of: places ?? self.places, height: height, within: seconds)
  }

  static func agreement(
    _ network: TestNetwork, of places: [NetworkFile.Place], height: UInt64, within seconds: Int
  ) async throws -> String {
    try await eventually(within: seconds, "the same finalised block everywhere") {
      var heads: Set<String> = []
      var root = ""
      for place in places {
        let client = try network.client(place)
        let head = try await client.status().head
        await client.close()
        guard head.height >= height else { return nil }
        heads.insert("\(head.height) \(head.digest) \(head.stateRoot)")
        root = head.stateRoot
      }
      return heads.count == 1 ? root : nil
    }
  }
}

/// A command that runs to its end.
struct Command {
  let status: Int32
  let output: String
  let errors: String

  /// Runs a program with a bound on its time; a program that does not end is killed, and its status is then negative.
  static func run(_ program: String, _ arguments: [String], input: String = "", within seconds: Double = 30)
    async throws -> Command
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let directory = RealNetwork.temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    // Files instead of pipes: nothing can fill up, and nothing has to be read meanwhile.
    let (out, err, into) = (directory + "/out", directory + "/err", directory + "/in")
    try Data(input.utf8).write(to: URL(fileURLWithPath: into))
    for path in [out, err] { try Data().write(to: URL(fileURLWithPath: path)) }
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: into))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: err))
    try process.run()
    let limit = ContinuousClock.now + .milliseconds(Int64(seconds * 1_000))
    while process.isRunning, ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(10)) }
    let isLate = process.isRunning
    if isLate { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let texts = try [out, err].map { String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self) }
    return Command(status: isLate ? -1 : process.terminationStatus, output: texts[0], errors: texts[1])
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same moments.
struct SeededMoments {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// A duration between two numbers of milliseconds.
  mutating func milliseconds(_ range: ClosedRange<UInt64>) -> Duration {
    .milliseconds(Int64(range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)))
  }
}
