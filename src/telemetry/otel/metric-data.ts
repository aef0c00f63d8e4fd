import { ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { CountedHistogram } from '../metrics/metrics.ts';
import type { MetricPoints, Point } from '../metrics/registry.ts';

/** When the counting of a collection began and ended, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly until: number;
}

/** A metric of the registry as the SDK's exporters take it: names as they are, everything counted since the start. */
export function metricData(metric: MetricPoints, period: Period): MetricData {
  const { name, definition } = metric;
  const common = {
    descriptor: {
      name,
      description: definition.help,
      unit: definition.unit ?? '',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const dataPoint = pointMaker(definition.labels, period);
  switch (metric.kind) {
    case 'counter':
      return {
        ...common,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: metric.points.map((point) => dataPoint(point, point.value)),
      };
    case 'gauge':
      return {
        ...common,
        dataPointType: DataPointType.GAUGE,
        dataPoints: metric.points.map((point) => dataPoint(point, point.value)),
      };
    case 'histogram': {
      const bounds = definition.bounds ?? [];
      return {
        ...common,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: metric.points.map((point) => dataPoint(point, histogram(point.value, bounds))),
      };
    }
  }
}

function pointMaker(names: readonly string[], { from, until }: Period) {
  const startTime = millisToHrTime(from);
  const endTime = millisToHrTime(until);
  return <Value>({ labels }: Point<unknown>, value: Value): DataPoint<Value> => ({
    startTime,
    endTime,
    attributes: Object.fromEntries(names.map((name, index) => [name, labels[index] ?? ''])),
    value,
  });
}

function histogram({ counts, sum }: CountedHistogram, bounds: readonly number[]): Histogram {
  return {
    buckets: { boundaries: [...bounds], counts: [...counts] },
    count: counts.reduce((total, count) => total + count, 0),
    sum,
  };
}
