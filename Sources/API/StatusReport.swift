/// `GET /v1/status`: how the node is, in one answer.
package struct StatusReport: Codable, Hashable, Sendable {
  package let member: String
  /// The network's identity: 64 hexadecimal digits.
  package let network: String
  package let networkName: String
  /// The program's version.
  package let version: String
  /// The version of the rules by which blocks are executed.
  package let rulesVersion: UInt64
  package let epoch: UInt64
  /// The view in which this member is.
  package let view: UInt64
  /// The last finalised block.
  package let head: HeadReport
  package let table: TableHead?
  package let peers: [PeerReport]
  /// The members with a session now, this one included, and how many there are.
  package let connected: Int
  package let members: Int
  package let quorum: Int
  package let pool: PoolReport
  /// Whether this member votes: false while it only follows.
  package let voting: Bool
  /// What the node waits for, in one sentence; nil where it waits for nothing.
  package let waitingFor: String?
  /// Transactions must name an inclusion limit at most this many milliseconds after the head's time.
  package let longestLifetime: Int64
  /// This node's own clock.
  package let clock: InstantValue
  /// What is wrong with that clock, in one sentence; nil where nothing is.
  package let clockAlarm: String?
  package let process: ProcessReport

  package init(
    member: String, network: String, networkName: String, version: String, rulesVersion: UInt64, epoch: UInt64,
    view: UInt64, head: HeadReport, table: TableHead?, peers: [PeerReport], connected: Int, members: Int, quorum: Int,
    pool: PoolReport, voting: Bool, waitingFor: String?, longestLifetime: Int64, clock: InstantValue,
    clockAlarm: String? = nil, process: ProcessReport
  ) {
    (self.member, self.network, self.networkName) = (member, network, networkName)
    (self.version, self.rulesVersion, self.epoch, self.view) = (version, rulesVersion, epoch, view)
    (self.head, self.table, self.peers, self.connected) = (head, table, peers, connected)
    (self.members, self.quorum, self.pool, self.voting) = (members, quorum, pool, voting)
    (self.waitingFor, self.longestLifetime, self.clock) = (waitingFor, longestLifetime, clock)
    (self.clockAlarm, self.process) = (clockAlarm, process)
  }
}

/// A finalised block in brief.
package struct HeadReport: Codable, Hashable, Sendable {
  package let height: UInt64
  /// The block's digest.
  package let digest: String
  /// The state's root after the block.
  package let stateRoot: String
  package let time: InstantValue

  package init(height: UInt64, digest: String, stateRoot: String, time: InstantValue) {
    (self.height, self.digest, self.stateRoot, self.time) = (height, digest, stateRoot, time)
  }
}

/// The version of the floor table in force.
package struct TableHead: Codable, Hashable, Sendable {
  package let version: UInt64
  package let effectiveAt: InstantValue
  package let rows: Int
  package let docket: String?
  /// Milliseconds since it came into force, by this node's clock.
  package let age: Int64

  package init(version: UInt64, effectiveAt: InstantValue, rows: Int, docket: String?, age: Int64) {
    (self.version, self.effectiveAt, self.rows, self.docket, self.age) = (version, effectiveAt, rows, docket, age)
  }
}

/// One other member as this node sees it.
package struct PeerReport: Codable, Hashable, Sendable {
  package let member: String
  package let connected: Bool
  /// The height that it last said to have finalised; nil while it has said nothing.
  package let height: UInt64?

  package init(member: String, connected: Bool, height: UInt64?) {
    (self.member, self.connected, self.height) = (member, connected, height)
  }
}

/// The transactions that wait for a block.
package struct PoolReport: Codable, Hashable, Sendable {
  package let transactions: Int

  package init(transactions: Int) { self.transactions = transactions }
}

/// What the operating system says about the process.
package struct ProcessReport: Codable, Hashable, Sendable {
  package let identifier: Int32
  /// Milliseconds since the start.
  package let uptime: Int64
  package let residentBytes: UInt64
  package let peakResidentBytes: UInt64
  /// CPU time used, user and system together, in milliseconds.
  package let cpuTime: UInt64

  package init(
    identifier: Int32, uptime: Int64, residentBytes: UInt64, peakResidentBytes: UInt64, cpuTime: UInt64
  ) {
    (self.identifier, self.uptime, self.residentBytes) = (identifier, uptime, residentBytes)
    (self.peakResidentBytes, self.cpuTime) = (peakResidentBytes, cpuTime)
  }
}

/// `GET /readyz`: whether the node takes part.
package struct ReadinessReport: Codable, Hashable, Sendable {
  package let ready: Bool
  /// Why not; nil where it is ready.
  package let reason: String?

  package init(ready: Bool, reason: String?) {
    (self.ready, self.reason) = (ready, reason)
  }
}
