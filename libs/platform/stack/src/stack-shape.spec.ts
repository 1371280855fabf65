import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { brokerFolder, clusterShape, requireShape, singleShape } from './stack-shape.ts';
import { useTestHome } from './test-home.fixture.ts';

const place = useTestHome();

it('a new home takes either shape', () => {
  requireShape(place.home, singleShape);
  requireShape(place.home, clusterShape);
});

it('a home stays single, and says how it is started', () => {
  mkdirSync(join(brokerFolder(place.home, 'kafka'), 'data'), { recursive: true });
  requireShape(place.home, singleShape);
  expect(() => requireShape(place.home, clusterShape)).toThrow(
    `${place.home.root} holds the data of one broker, and stays that way: start it without --cluster`,
  );
});

it('a home stays a cluster, and says how it is started', () => {
  mkdirSync(brokerFolder(place.home, 'kafka-1'), { recursive: true });
  requireShape(place.home, clusterShape);
  expect(() => requireShape(place.home, singleShape)).toThrow('holds the data of a cluster');
});
