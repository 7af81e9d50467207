import Cryptography
import Ledger
import Membership
import Storage
import Transport
import Vectors

/// Why a node does not start, or had to stop. Each has the code and the sentence of its cause, and says by what status the process ends.
package enum NodeFailure: Error, Hashable, Sendable {
  case configuration(ConfigurationError)
  case file(path: String, reason: String)
  case key(KeyError)
  case genesis(path: String, GenesisError)
  /// The bundle that the node is to start from is another, or does not verify.
  case bundle(path: String, reason: String)
  /// The state that the node is to begin with does not verify.
  case snapshot(path: String, reason: String)
  /// The configured member is not in the genesis document.
  case notAMember(MemberID)
  /// The node key is not the one that the roster has for the member.
  case foreignKey(MemberID, path: String)
  case transport(TransportError)
  /// The API cannot listen.
  case api(PeerAddress, reason: String)
  case storage(StorageError)
  /// The journal can be read, and what it says does not follow from the genesis.
  case recovery(String)
  case vectors(path: String, VectorFileError)
  case vectorsFailed(path: String, summary: String)
  case vectorsMissing([String])
  /// The member stopped for good in an earlier run.
  case halted(path: String, reason: String)

  package var code: String {
    switch self {
    case .configuration(let error): error.code
    case .file: "FILE"
    case .key: "KEY"
    case .genesis(_, let error): error.code
    case .bundle: "BUNDLE"
    case .snapshot: "SNAPSHOT"
    case .notAMember: "NOT_A_MEMBER"
    case .foreignKey: "FOREIGN_KEY"
    case .transport(let error): error.code
    case .api: "API_CANNOT_LISTEN"
    case .storage(let error): error.code
    case .recovery: "RECOVERY"
    case .vectors(_, let error): error.code
    case .vectorsFailed: "SELFTEST_FAILED"
    case .vectorsMissing: "VECTORS_MISSING"
    case .halted: "HALTED"
    }
  }

  package var sentence: String {
    switch self {
    case .configuration(let error): error.sentence
    case .file(let path, let reason): "\(path): \(reason)"
    case .key(let error): error.sentence
    case .bundle(let path, let reason), .snapshot(let path, let reason): "\(path): \(reason)"
    case .genesis(let path, let error): "\(path): \(error.sentence)"
    case .notAMember(let member):
      "\(member) is not a member of this network; check the key member and the genesis document; one that is to join later"
        + " says newcomer: yes"
    case .foreignKey(let member, let path):
      "the key in \(path) is not that of \(member) on the roster; name further keys with keys.next"
    case .transport(let error): error.sentence
    case .api(let address, let reason):
      "the API cannot listen on \(address): \(reason); choose another port with api.listen"
    case .storage(let error): error.sentence
    case .recovery(let reason): "the journal does not follow from this genesis: \(reason)"
    case .vectors(let path, let error): "\(path): \(error.sentence)"
    case .vectorsFailed(let path, let summary):
      "the self-test on \(path) failed (\(summary)): this build computes other floors or duties than it must, do not use it"
    case .vectorsMissing(let places):
      "the golden vectors of the self-test are not there; looked in \(places.joined(separator: ", ")); name the file with the key vectors"
    case .halted(let path, let reason):
      "this member stopped for good: \(reason). It stays stopped while \(path) is there; read the runbook before you remove it"
    }
  }

  /// The process's exit status, as `floord --help` lists them.
  package var exitStatus: Int32 {
    switch self {
    case .configuration: 2
    case .transport(.portInUse), .transport(.cannotListen), .api: 3
    case .file, .key, .genesis, .bundle, .snapshot, .notAMember, .foreignKey, .transport, .vectors, .vectorsMissing: 4
    case .storage, .recovery, .halted: 5
    case .vectorsFailed: 1
    }
  }
}
