import AdaptationStudy
import Foundation
import Learning

/// What `martlet search` found, budget by budget: the parts of its `search.json` that are tested here.
struct SearchedSchemes: Codable {
  struct Search: Codable {
    var budgetBytes: Int
    var report: SearchReport
  }

  var pipeline: String
  var searches: [Search]

  init(path: String) throws {
    self = try JSONDecoder().decode(SearchedSchemes.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    searches.sort { $0.budgetBytes < $1.budgetBytes }
  }
}
