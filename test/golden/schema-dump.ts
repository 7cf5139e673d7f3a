import type { TestDatabase } from '../harness/postgres.js';

interface Line {
  readonly line: string;
}

/** What the migrations made, a line each, sorted: columns, constraints, indexes, functions, triggers, privileges. */
const QUERIES: readonly string[] = [
  `SELECT format('column %s.%s.%s %s%s%s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
                 CASE WHEN d.adbin IS NULL THEN '' ELSE ' default ' || pg_get_expr(d.adbin, d.adrelid) END) AS line
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY ($1)`,
  `SELECT format('constraint %s.%s.%s %s', n.nspname, c.relname, o.conname, pg_get_constraintdef(o.oid)) AS line
     FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND o.contype <> 'n'`,
  `SELECT format('index %s', indexdef) AS line FROM pg_indexes WHERE schemaname = ANY ($1)`,
  `SELECT format('trigger %s.%s %s enabled %s', n.nspname, c.relname, pg_get_triggerdef(t.oid), t.tgenabled) AS line
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = ANY ($1)`,
  `SELECT format('function %s.%s(%s) security %s settings %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
                 CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END, coalesce(array_to_string(p.proconfig, ' '), '-')) AS line
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)`,
  `SELECT format('grant %s on %s.%s to %s', privilege_type, table_schema, table_name, grantee) AS line
     FROM information_schema.table_privileges WHERE table_schema = ANY ($1) AND grantee <> grantor`,
  `SELECT format('grant EXECUTE on function %s.%s to %s', routine_schema, routine_name, grantee) AS line
     FROM information_schema.routine_privileges WHERE routine_schema = ANY ($1) AND grantee <> grantor`,
];

const SCHEMAS = ['platform', 'crypto', 'audit', 'alerts', 'rbac', 'auth', 'registry', 'simulation'];

export async function dumpSchema(database: TestDatabase): Promise<string> {
  const lines: string[] = [];
  for (const query of QUERIES) lines.push(...(await database.query<Line>(query, [SCHEMAS])).map(({ line }) => line.replaceAll(/\s+/g, ' ')).sort());
  return `${lines.join('\n')}\n`;
}
