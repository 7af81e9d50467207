import API
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Trade

/// What a load of signed memoranda brought: `pricefloor/bench/1`.
package struct BenchmarkReport: Codable, Hashable, Sendable {
  package var members: Int
  package var clients: Int
  package var bytes: Int
  /// How long the load lasted, measured.
  package var seconds: Double
  /// `inline`: each client signs a submission, then sends it; the latencies are of the sending until the commit.
  package var signing = "inline"
  /// Submissions that were committed with the result OK.
  package var count: Int
  package var perSecond: Double
  /// Latency from sending to the answer "committed", in milliseconds.
  package var p50: Double
  package var p99: Double
  /// Answers that were not a commit, by code.
  package var failures: [String: Int]
}

/// Clients that submit as fast as each of them is answered.
///
/// Every client has a keep-alive connection of its own to one node, the nodes in turn, and signs with the authority key of that
/// node's member. A client has one submission under way at a time.
package struct Benchmark: Sendable {
  package let network: TestNetwork
  package let clients: Int
  package let bytes: Int
  package let seconds: Int

  package init(_ network: TestNetwork, clients: Int, bytes: Int, seconds: Int) {
    (self.network, self.clients, self.bytes, self.seconds) = (network, clients, bytes, seconds)
  }

  /// One acknowledged submission, for whoever wants to look for it later.
  package struct Acknowledgement: Hashable, Sendable {
    package let identity: String
    package let height: UInt64
  }

  private struct Tally: Sendable {
    var latencies: [Duration] = []
    var failures: [String: Int] = [:]
  }

  /// Runs the load to its end.
  package func run(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws(TestnetError) -> BenchmarkReport
  {
    let signers = try await signers()
    let counter = Counter()
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    let tally = await withTaskGroup(of: Tally.self) { group in
      for index in 0..<clients {
        let (place, signer) = signers[index % signers.count]
        group.addTask { await load(place, signer, until: end, counter) }
      }
      let observer = Task {
        while !Task.isCancelled {
          progress(await counter.count)
          try? await Task.sleep(for: .milliseconds(250))
        }
      }
      var total = Tally()
      for await part in group {
        total.latencies += part.latencies
        total.failures.merge(part.failures) { $0 + $1 }
      }
      observer.cancel()
      return total
    }
    return report(tally, lasted: ContinuousClock.now - start)
  }

  private func load(
    _ place: NetworkFile.Place, _ signer: StatementSigner, until end: ContinuousClock.Instant, _ counter: Counter
  ) async -> Tally {
    var tally = Tally()
    guard let client = try? network.client(place) else { return tally }
    while ContinuousClock.now < end, !Task.isCancelled {
      do {
        let statement = try Self.memorandum(bytes, signer)
        let sent = ContinuousClock.now
        let answer = try await client.submit(statement, as: .memorandum, wait: .committed(milliseconds: 30_000))
        guard answer.state == .committed, answer.result == "OK" else {
          tally.failures[answer.result ?? answer.state.rawValue, default: 0] += 1
          continue
        }
        tally.latencies.append(ContinuousClock.now - sent)
        await counter.increment()
      } catch {
        tally.failures[(error as? NodeError)?.code ?? "SIGNING", default: 0] += 1
        // A node that is away or full is not hammered.
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    await client.close()
    return tally
  }

  /// A memorandum of so many random bytes that may be included during the next minute.
  package static func memorandum(_ bytes: Int, _ signer: StatementSigner) throws(KeyError) -> SignedStatement {
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    let content = try SystemRandomness.bytes(bytes)
    return try signer.sign(.memorandum(content), notAfter: Instant(milliseconds: now + 60_000))
  }

  /// The members' places with the signers of their authorities.
  package func signers() async throws(TestnetError) -> [(NetworkFile.Place, StatementSigner)] {
    guard let digest = Digest(hexadecimal: network.file.network) else {
      throw .content(path: network.directory, "names no network")
    }
    var signers: [(NetworkFile.Place, StatementSigner)] = []
    for place in network.file.members {
      guard let member = MemberID(place.member) else { continue }
      let path = try MemberFolder.read(network.folder(place)).authorityKey
      let key: PrivateKey
      do { key = try KeyFile.read(path) } catch { throw .key(error) }
      signers.append((place, StatementSigner(member: member, network: NetworkID(digest), key: key)))
    }
    return signers
  }

  private func report(_ tally: Tally, lasted: Duration) -> BenchmarkReport {
    let sorted = tally.latencies.map { $0 / .milliseconds(1) }.sorted()
    let time = lasted / .seconds(1)
    return BenchmarkReport(
      members: network.members.count, clients: clients, bytes: bytes, seconds: Self.rounded(time),
      count: sorted.count, perSecond: Self.rounded(time > 0 ? Double(sorted.count) / time : 0),
      p50: Self.percentile(sorted, 50), p99: Self.percentile(sorted, 99), failures: tally.failures)
  }

  /// The smallest latency that so many per cent do not exceed; 0 without any.
  private static func percentile(_ sorted: [Double], _ percent: Int) -> Double {
    let rank = (sorted.count * percent + 99) / 100
    return rank == 0 ? 0 : rounded(sorted[min(rank, sorted.count) - 1])
  }

  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }

  private actor Counter {
    private(set) var count = 0
    func increment() { count += 1 }
  }
}
