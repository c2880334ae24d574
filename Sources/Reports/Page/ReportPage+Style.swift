extension ReportPage {
  /// Colours are variables, so that dark is a second set of them. `--c0` to `--c7` tell classes and kinds of points
  /// apart, `--m0` to `--m5` what the arena is used for; in both sets each text colour has a contrast of at least 4.5
  /// to 1 with the grounds that it stands on, and hits and mistakes are blue and orange.
  static let colours = """
    :root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1a212b; --soft: #525c69; --line: #dcdcd6;
      --panel: #ffffff; --accent: #1c5f9e; --hit: #4b93d0; --miss: #e07b28; --over: #b3261e; --on-miss: #1a212b;
      --c0: #1f6fb5; --c1: #b85a0c; --c2: #1e7d52; --c3: #8450a3; --c4: #8a6a00; --c5: #0e7c86; --c6: #b0406f;
      --c7: #66707c;
      --m0: #1f5fa8; --m1: #5fb3ae; --m2: #dd7a24; --m3: #8a4f9e; --m4: #a9aeb5; --m5: #3a424d; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #12161c; --ink: #e8ebee; --soft: #a9b3be; --line: #333b45; --panel: #1a2028;
        --accent: #78b9ec; --hit: #4b93d0; --miss: #d9822f; --over: #ff8f85; --on-miss: #12161c;
        --c0: #64a9e3; --c1: #e8945f; --c2: #6fc08f; --c3: #c195dc; --c4: #d8b94f; --c5: #52c0c8; --c6: #ea8ab0;
        --c7: #a3adb8;
        --m0: #5a9fe0; --m1: #8ed6d0; --m2: #e8924a; --m3: #bb86d0; --m4: #6d7681; --m5: #d3d8de; } }
    @media print { :root { --paper: #ffffff; --panel: #ffffff; } }
    """

  static let style =
    colours + "\n" + """
      * { box-sizing: border-box; }
      @media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
      body { margin: 0 auto; max-width: 64rem; padding: 1.5rem clamp(.9rem, 3vw, 2rem) 4rem; background: var(--paper);
        color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%; }
      a { color: var(--accent); } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      .kind { margin: 0; color: var(--soft); }
      h1 { margin: 0 0 .6rem; font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.15; overflow-wrap: anywhere; }
      h2 { margin: 3.25rem 0 .9rem; padding-top: .9rem; border-top: 1px solid var(--line); font-size: 1.4rem;
        line-height: 1.25; }
      #summary { margin-top: 1.3rem; }
      h3 { margin: 0; font-size: 1.02rem; line-height: 1.35; overflow-wrap: anywhere; }
      p { max-width: 44rem; margin: .4rem 0 .8rem; overflow-wrap: anywhere; }
      nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: 0; padding: 0; }
      nav a { display: inline-block; padding: .3rem 0; font-size: .92rem; }
      .lead { font-size: clamp(1.12rem, 2.6vw, 1.35rem); line-height: 1.45; max-width: 48rem; }
      .note, figcaption p { color: var(--soft); font-size: .92rem; }
      .warning { border-left: 4px solid var(--over); padding-left: .8rem; }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13.5rem), 1fr)); gap: 1rem 1.75rem;
        margin: 1.4rem 0 1.8rem; }
      @media (max-width: 30rem) { .tiles { grid-template-columns: 1fr 1fr; gap: .9rem 1.1rem; }
        .tiles .tile strong { font-size: 1.2rem; } }
      .tile { border-top: 3px solid var(--ink); padding-top: .5rem; }
      .tile dt { color: var(--soft); font-size: .92rem; }
      .tile dd { margin: 0; }
      .tile strong { display: block; font-size: 1.55rem; font-weight: 650; line-height: 1.3; white-space: nowrap;
        font-variant-numeric: tabular-nums; }
      .tile span { display: block; color: var(--soft); font-size: .9rem; }
      figure { margin: 0 0 2rem; min-width: 0; } figcaption p { margin: .15rem 0 .6rem; }
      .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem 2.25rem; }
      .pair > * { min-width: 0; }
      .scroll { overflow-x: auto; max-width: 100%; /* a shade at the side on which there is more */
        background: linear-gradient(90deg, var(--paper) 40%, transparent) 0 0 / 2rem 100% no-repeat local,
          linear-gradient(270deg, var(--paper) 40%, transparent) 100% 0 / 2rem 100% no-repeat local,
          linear-gradient(90deg, var(--line), transparent) 0 0 / .7rem 100% no-repeat scroll,
          linear-gradient(270deg, var(--line), transparent) 100% 0 / .7rem 100% no-repeat scroll; }
      .under { display: flex; flex-wrap: wrap; gap: 0 1.4rem; align-items: baseline; font-size: .9rem; }
      .under > details[open] { flex-basis: 100%; min-width: 0; } .under p { margin: 0; }
      .data a { display: inline-block; padding: .3rem 0; }
      table { border-collapse: collapse; font-size: .92rem; margin: .5rem 0; }
      caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .35rem; }
      .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
      th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top;
        overflow-wrap: break-word; max-width: 24rem; }
      th:first-child { padding-left: 0; }
      thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
      tbody th { font-weight: 500; }
      .sum > * { border-top: 1px solid var(--soft); font-weight: 600; }
      .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
      .matrix { border-collapse: separate; border-spacing: 2px; }
      .matrix th, .matrix td { border: 0; padding: .3rem .35rem; font-size: .82rem; }
      .matrix tbody td { min-width: 2.9rem; text-align: center; font-variant-numeric: tabular-nums; border-radius: .2rem;
        vertical-align: middle; }
      .matrix tbody th { padding-left: 0; min-width: 7rem; max-width: 9.5rem; vertical-align: middle;
        overflow-wrap: anywhere; }
      .matrix small { display: block; font-size: .72rem; line-height: 1.1; white-space: nowrap; }
      .matrix .none { color: var(--soft); } .matrix .corner { color: var(--soft); vertical-align: bottom; min-width: 6rem; }
      .matrix thead th { padding: 0 .1rem .3rem; text-align: center; }
      .matrix thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem;
        text-align: left; overflow-wrap: anywhere; line-height: 1.15; }
      .matrix.dense tbody td { min-width: 1.6rem; padding: .15rem; } .matrix.dense small { display: none; }
      .budget { position: relative; height: 2.1rem; background: var(--line); border-radius: .25rem; margin: 1.1rem 0 .75rem; }
      .budget .fill { display: flex; height: 100%; overflow: hidden; border-radius: .25rem 0 0 .25rem; }
      .budget .fill span { border-right: 1px solid var(--paper); }
      .mark { position: absolute; top: -.45rem; bottom: -.45rem; border-left: 2px solid var(--ink); }
      .mark.limit { border-left: 2px dashed var(--over); margin-left: -2px; }
      .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); gap: .6rem 1.5rem;
        margin: .75rem 0; }
      .facts dt { color: var(--soft); font-size: .9rem; } .facts dd { margin: 0; font-variant-numeric: tabular-nums; }
      .facts span { color: var(--soft); font-size: .85rem; }
      .bars td { min-width: 7.5rem; } .bar { display: flex; height: .4rem; margin-top: .2rem; background: var(--line); }
      .bar span { min-width: 1px; } .frozen { color: var(--soft); }
      .picture:not(.scroll) { max-width: 29rem; }
      svg { display: block; width: 100%; height: auto; } svg.wide { min-width: 46rem; }
      svg text { font: 13px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
      svg.wide text { font-size: 12px; } svg text.label { fill: var(--ink); } svg text.small { font-size: 10.5px; }
      .axis { stroke: var(--line); stroke-width: 1; }
      .baseline { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 2 3; }
      .curve { fill: none; stroke-linejoin: round; stroke-linecap: round; }
      .main { stroke: var(--accent); fill: var(--accent); } .main .curve { stroke-width: 2.75; }
      .other { stroke: var(--soft); fill: var(--soft); opacity: .75; } .other .curve { stroke-width: 1.25; }
      .main circle, .other circle { stroke: none; }
      .move { stroke: var(--accent); stroke-width: 2.5; opacity: .65; } .worse .move { stroke: var(--over); }
      .before { fill: var(--paper); stroke: var(--accent); stroke-width: 2; } .after { fill: var(--accent); }
      .worse .before { stroke: var(--over); } .worse .after { fill: var(--over); }
      .limit { stroke: var(--over); stroke-width: 1.5; stroke-dasharray: 5 4; }
      .peak, .pass { stroke: var(--ink); stroke-width: 1; } .pass { stroke: var(--soft); stroke-dasharray: 2 3; }
      .signal { fill: none; stroke: var(--accent); stroke-width: 1; stroke-linejoin: round; }
      .wrong { fill: var(--miss); } text.on-wrong, svg.wide text.on-wrong { fill: var(--on-miss); }
      .right { fill: var(--line); } .window { fill: none; stroke: var(--ink); stroke-width: 1.25; }
      .covered { fill: var(--accent); } .gap { stroke: var(--over); stroke-width: 1.5; }
      .on { stroke: var(--ink) !important; stroke-width: 2px !important; stroke-dasharray: none; }
      #tip { position: fixed; z-index: 2; max-width: min(24rem, 92vw); padding: .35rem .6rem; border-radius: .3rem;
        background: var(--ink); color: var(--paper); font-size: .88rem; pointer-events: none; overflow-wrap: anywhere; }
      #tip[hidden] { display: none; }
      .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; padding: 0; margin: .25rem 0 .5rem;
        font-size: .9rem; }
      .key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .4em; }
      details { margin: .3rem 0; min-width: 0; } summary { cursor: pointer; color: var(--accent); padding: .3rem 0;
        font-size: .9rem; }
      li { overflow-wrap: anywhere; }
      @media print { body { max-width: none; padding: 0; font-size: 10pt; } nav, .data, details { display: none; }
        .scroll { overflow: visible; } svg.wide { min-width: 0; } figure, table { break-inside: avoid; }
        h2, h3 { break-after: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
      """
}
