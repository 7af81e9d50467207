import API
import Client
import Foundation
import Glibc

/// A test network on this machine: a folder that ``NetworkDraft`` made, and the daemons that run from it.
package struct TestNetwork: Sendable {
  /// The network's folder, absolute.
  package let directory: String
  package let file: NetworkFile

  package static func open(_ directory: String) throws(TestnetError) -> TestNetwork {
    let absolute = URL(fileURLWithPath: directory).standardizedFileURL.path
    return TestNetwork(directory: absolute, file: try NetworkFile.read(absolute))
  }

  package var members: [String] { file.members.map(\.member) }

  /// The member's place; an error names a member that is not of this network.
  package func place(_ member: String) throws(TestnetError) -> NetworkFile.Place {
    guard let place = file.members.first(where: { $0.member == member }) else {
      throw .members("\(member) is not a member of this network: \(members.joined(separator: ", "))")
    }
    return place
  }

  package func folder(_ place: NetworkFile.Place) -> String { directory + "/" + place.folder }

  package func configuration(_ place: NetworkFile.Place) -> String { folder(place) + "/floord.yaml" }

  package func log(_ place: NetworkFile.Place) -> String { folder(place) + "/floord.log" }

  package func client(_ place: NetworkFile.Place, limits: HTTPLimits = .standard) throws(TestnetError) -> NodeClient {
    do { return NodeClient(try NodeAddress(place.api), limits: limits) } catch { throw .node(error) }
  }

  // MARK: Processes

  /// The process that was last started for a member, if it still runs.
  package func process(_ place: NetworkFile.Place) -> NodeProcess? {
    guard let data = FileManager.default.contents(atPath: processFile(place)),
      let process = try? JSONDecoder().decode(NodeProcess.self, from: data), process.isRunning
    else { return nil }
    return process
  }

  /// Starts a member's daemon. Whether it is ready, ``awaitReady(_:within:progress:)`` tells.
  @discardableResult
  package func start(_ place: NetworkFile.Place, program: String) throws(TestnetError) -> NodeProcess {
    try start(place, words: [program, "--config", configuration(place)])
  }

  /// Starts a member's daemon by a command of one's own that ends in becoming it, and has the configuration's path among its words.
  @discardableResult
  package func start(_ place: NetworkFile.Place, words: [String]) throws(TestnetError) -> NodeProcess {
    if let running = process(place) { throw .alreadyRunning(member: place.member, pid: running.pid) }
    let process = try NodeProcess.start(words, configuration: configuration(place), log: log(place))
    try TextFile.write(json: process, to: processFile(place))
    return process
  }

  /// Waits until every given member answers that it is ready.
  package func awaitReady(
    _ places: [NetworkFile.Place], within seconds: Int, progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) async throws(TestnetError) {
    let limit = ContinuousClock.now + .seconds(seconds)
    var ready = 0
    for place in places {
      progress(ready, places.count)
      let client = try client(place, limits: HTTPLimits(seconds: 5, answer: 1 << 20))
      while try await !isReady(client) {
        guard process(place) != nil else {
          throw .notStarted(member: place.member, reason: "it ended", log: LogTail.read(log(place)))
        }
        guard ContinuousClock.now < limit, !Task.isCancelled else {
          throw .notStarted(
            member: place.member, reason: "it is not ready after \(seconds) s", log: LogTail.read(log(place)))
        }
        try? await Task.sleep(for: .milliseconds(50))
      }
      await client.close()
      ready += 1
    }
    progress(ready, places.count)
  }

  private func isReady(_ client: NodeClient) async throws(TestnetError) -> Bool {
    do { return try await client.readiness().ready } catch {
      guard error.isUnreachable else { throw .node(error) }
      return false
    }
  }

  /// Ends a member's daemon: asks first, and forces it after `patience` seconds. False where none was running.
  package func stop(_ place: NetworkFile.Place, patience: Double = 10) async throws(TestnetError) -> Bool {
    guard let process = process(place) else { return false }
    process.signal(SIGTERM)
    if await !process.ended(within: patience) {
      process.signal(SIGKILL)
      guard await process.ended(within: 5) else { throw .notStopped(member: place.member, pid: process.pid) }
    }
    unlink(processFile(place))
    return true
  }

  /// Kills a member's daemon as a power failure would.
  package func kill(_ place: NetworkFile.Place) async throws(TestnetError) {
    guard let process = process(place) else { throw .notRunning(member: place.member) }
    process.signal(SIGKILL)
    guard await process.ended(within: 5) else { throw .notStopped(member: place.member, pid: process.pid) }
  }

  private func processFile(_ place: NetworkFile.Place) -> String { folder(place) + "/floord.pid" }

  // MARK: Programs

  /// The daemon's program: the given path, else the one beside this program.
  package static func program(named path: String?) throws(TestnetError) -> String {
    if let path {
      let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
      guard access(absolute, X_OK) == 0 else { throw .noProgram(searched: [absolute]) }
      return absolute
    }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/floord"
    guard access(beside, X_OK) == 0 else { throw .noProgram(searched: [beside]) }
    return beside
  }
}
