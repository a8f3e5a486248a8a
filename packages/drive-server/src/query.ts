/** A comparison operator of a query; `in` and `has` have forms of their own. */
export type Comparison = 'contains' | '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A parsed `q` parameter. */
export type Query =
  | { readonly kind: 'and' | 'or'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'not'; readonly operand: Query }
  | { readonly kind: 'compare'; readonly term: string; readonly operator: Comparison; readonly value: string | boolean }
  | { readonly kind: 'in'; readonly value: string; readonly collection: string }
  | { readonly kind: 'has'; readonly collection: string; readonly key: string; readonly value: string };
